/** A message as a daemon sends it, and what becomes of it. */
export interface Fixture {
  readonly type: string;
  readonly program: number;
  readonly procedure: number;
  /** The payload in hexadecimal, each field with what it is. */
  readonly payload: string;
  /** What is inside the event. */
  readonly xml: string;
  readonly detail: object;
  /** The event's own time stamp, if the message has one. */
  readonly timestamp?: string;
}

const remote = 0x20008086;
const qemu = 0x20008087;

const callback = '00000003 | callbackID';

const web = `
  00000003 776562 00 | dom.name: web
  11111111 22224333 84445555 555555aa | dom.uuid
  00000003 | dom.id`;
const webXml = '<domain id="3" type="qemu"><name>web</name><uuid>11111111-2222-4333-8444-5555555555aa</uuid></domain>';
const domain = { id: 3, type: 'qemu', name: 'web', uuid: '11111111-2222-4333-8444-5555555555aa' };

/** Every message, at least once. The layouts are those of libvirt's remote_protocol.x and qemu_protocol.x. */
export const fixtures: readonly Fixture[] = [
  {
    type: 'domain-state-transition',
    program: remote,
    procedure: 318,
    payload: `${callback}${web}
      00000003 | event: suspended
      00000000 | detail: paused`,
    xml: `${webXml}<transition from="running" to="paused" event="suspended" detail="paused"/>`,
    detail: { domain, from: 'running', to: 'paused', event: 'suspended', detail: 'paused' },
  },
  {
    type: 'domain-reboot',
    program: remote,
    procedure: 319,
    payload: `${callback}${web}`,
    xml: webXml,
    detail: { domain },
  },
  {
    type: 'domain-rtc-change',
    program: remote,
    procedure: 320,
    payload: `${callback}${web}
      ffffffff fffff1f0 | offset: -3600`,
    xml: `${webXml}<rtc offset="-3600"/>`,
    detail: { domain, offset: -3600n },
  },
  {
    type: 'domain-watchdog',
    program: remote,
    procedure: 321,
    payload: `${callback}${web}
      00000002 | action: reset`,
    xml: `${webXml}<watchdog action="reset"/>`,
    detail: { domain, action: 'reset' },
  },
  {
    type: 'domain-io-error',
    program: remote,
    procedure: 322,
    payload: `${callback}${web}
      0000000f 2f696d616765732f7765622e696d67 00 | srcPath: /images/web.img
      0000000c 76697274696f2d6469736b30 | devAlias: virtio-disk0
      00000002 | action: report`,
    xml: `${webXml}<disk alias="virtio-disk0" path="/images/web.img"/><io-error action="report"/>`,
    detail: { domain, disk: { alias: 'virtio-disk0', path: '/images/web.img' }, action: 'report' },
  },
  {
    type: 'domain-graphics',
    program: remote,
    procedure: 323,
    payload: `${callback}${web}
      00000001 | phase: initialize
      00000000 | local.family: ipv4
      00000009 3139322e302e322e31 000000 | local.node: 192.0.2.1
      00000004 35393030 | local.service: 5900
      00000001 | remote.family: ipv6
      0000000b 323030313a6462383a3a37 00 | remote.node: 2001:db8::7
      00000005 3436323634 000000 | remote.service: 46264
      00000008 76656e6372797074 | authScheme: vencrypt
      00000002 | subject: two
      00000009 78353039646e616d65 000000 | type: x509dname
      00000008 434e3d616c696365 | name: CN=alice
      0000000c 7361736c557365726e616d65 | type: saslUsername
      00000005 616c696365 000000 | name: alice`,
    xml: `${webXml}<graphics phase="initialize" auth-scheme="vencrypt"><local family="ipv4" node="192.0.2.1" service="5900"/><remote family="ipv6" node="2001:db8::7" service="46264"/><identity type="x509dname" name="CN=alice"/><identity type="saslUsername" name="alice"/></graphics>`,
    detail: {
      domain,
      phase: 'initialize',
      authScheme: 'vencrypt',
      local: { family: 'ipv4', node: '192.0.2.1', service: '5900' },
      remote: { family: 'ipv6', node: '2001:db8::7', service: '46264' },
      identities: [
        { type: 'x509dname', name: 'CN=alice' },
        { type: 'saslUsername', name: 'alice' },
      ],
    },
  },
  {
    type: 'domain-graphics',
    program: remote,
    procedure: 323,
    payload: `${callback}${web}
      00000002 | phase: disconnect
      00000002 | local.family: unix
      0000000d 2f72756e2f766e632e736f636b 000000 | local.node: /run/vnc.sock
      00000000  | local.service: empty
      00000002 | remote.family: unix
      00000000  | remote.node: empty
      00000000  | remote.service: empty
      00000000  | authScheme: empty
      00000000 | subject: none`,
    xml: `${webXml}<graphics phase="disconnect"><local family="unix" node="/run/vnc.sock"/><remote family="unix"/></graphics>`,
    detail: {
      domain,
      phase: 'disconnect',
      local: { family: 'unix', node: '/run/vnc.sock' },
      remote: { family: 'unix' },
      identities: [],
    },
  },
  {
    type: 'domain-io-error-reason',
    program: remote,
    procedure: 324,
    payload: `${callback}${web}
      0000000f 2f696d616765732f7765622e696d67 00 | srcPath: /images/web.img
      0000000c 76697274696f2d6469736b30 | devAlias: virtio-disk0
      00000001 | action: pause
      00000006 656e6f737063 0000 | reason: enospc`,
    xml: `${webXml}<disk alias="virtio-disk0" path="/images/web.img"/><io-error action="pause" reason="enospc"/>`,
    detail: { domain, disk: { alias: 'virtio-disk0', path: '/images/web.img' }, action: 'pause', reason: 'enospc' },
  },
  {
    type: 'domain-io-error-reason',
    program: remote,
    procedure: 324,
    payload: `${callback}${web}
      00000000  | srcPath: empty
      00000000  | devAlias: empty
      00000000 | action: none
      00000000  | reason: empty`,
    xml: `${webXml}<disk/><io-error action="none"/>`,
    detail: { domain, disk: {}, action: 'none' },
  },
  {
    type: 'domain-control-error',
    program: remote,
    procedure: 325,
    payload: `${callback}${web}`,
    xml: webXml,
    detail: { domain },
  },
  {
    type: 'domain-block-job',
    program: remote,
    procedure: 326,
    payload: `${callback}${web}
      0000000f 2f696d616765732f7765622e696d67 00 | path: /images/web.img
      00000004 | type: active commit
      00000003 | status: ready`,
    xml: `${webXml}<disk path="/images/web.img"/><block-job type="active-commit" status="ready"/>`,
    detail: { domain, disk: { path: '/images/web.img' }, type: 'active-commit', status: 'ready' },
  },
  {
    type: 'domain-disk-change',
    program: remote,
    procedure: 327,
    payload: `${callback}${web}
      00000001 | oldSrcPath: present
      00000006 2f612e69736f 0000 | /a.iso
      00000000 | newSrcPath: absent
      00000008 696465302d312d30 | devAlias: ide0-1-0
      00000000 | reason: changed`,
    xml: `${webXml}<disk alias="ide0-1-0"/><disk-change reason="changed" old-path="/a.iso"/>`,
    detail: { domain, disk: { alias: 'ide0-1-0' }, reason: 'changed', oldPath: '/a.iso' },
  },
  {
    type: 'domain-disk-change',
    program: remote,
    procedure: 327,
    payload: `${callback}${web}
      00000000 | oldSrcPath: absent
      00000001 | newSrcPath: present
      00000006 2f622e69736f 0000 | /b.iso
      00000008 696465302d312d30 | devAlias: ide0-1-0
      00000001 | reason: dropped`,
    xml: `${webXml}<disk alias="ide0-1-0"/><disk-change reason="dropped" new-path="/b.iso"/>`,
    detail: { domain, disk: { alias: 'ide0-1-0' }, reason: 'dropped', newPath: '/b.iso' },
  },
  {
    type: 'domain-tray-change',
    program: remote,
    procedure: 328,
    payload: `${callback}${web}
      00000008 696465302d312d30 | devAlias: ide0-1-0
      00000001 | reason: closed`,
    xml: `${webXml}<disk alias="ide0-1-0"/><tray-change reason="closed"/>`,
    detail: { domain, disk: { alias: 'ide0-1-0' }, reason: 'closed' },
  },
  {
    type: 'domain-pm-wakeup',
    program: remote,
    procedure: 329,
    payload: `${callback}
      00000000 | reason${web}`,
    xml: webXml,
    detail: { domain },
  },
  {
    type: 'domain-pm-suspend',
    program: remote,
    procedure: 330,
    payload: `${callback}
      00000000 | reason${web}`,
    xml: webXml,
    detail: { domain },
  },
  {
    type: 'domain-pm-suspend-disk',
    program: remote,
    procedure: 332,
    payload: `${callback}
      00000000 | reason${web}`,
    xml: webXml,
    detail: { domain },
  },
  {
    type: 'domain-balloon-change',
    program: remote,
    procedure: 331,
    payload: `${callback}${web}
      ffffffff ffffffff | actual: 2^64 - 1`,
    xml: `${webXml}<balloon actual="18446744073709551615"/>`,
    detail: { domain, actual: 18446744073709551615n },
  },
  {
    type: 'domain-device-removed',
    program: remote,
    procedure: 333,
    payload: `${callback}${web}
      0000000c 76697274696f2d6469736b31 | devAlias: virtio-disk1`,
    xml: `${webXml}<device alias="virtio-disk1"/>`,
    detail: { domain, device: { alias: 'virtio-disk1' } },
  },
  {
    type: 'domain-device-added',
    program: remote,
    procedure: 354,
    payload: `${callback}${web}
      0000000c 76697274696f2d6469736b31 | devAlias: virtio-disk1`,
    xml: `${webXml}<device alias="virtio-disk1"/>`,
    detail: { domain, device: { alias: 'virtio-disk1' } },
  },
  {
    type: 'domain-device-removal-failed',
    program: remote,
    procedure: 367,
    payload: `${callback}${web}
      0000000c 76697274696f2d6469736b31 | devAlias: virtio-disk1`,
    xml: `${webXml}<device alias="virtio-disk1"/>`,
    detail: { domain, device: { alias: 'virtio-disk1' } },
  },
  {
    type: 'domain-block-job-2',
    program: remote,
    procedure: 339,
    payload: `${callback}${web}
      00000003 766461 00 | dst: vda
      00000002 | type: copy
      00000000 | status: completed`,
    xml: `${webXml}<disk target="vda"/><block-job type="copy" status="completed"/>`,
    detail: { domain, disk: { target: 'vda' }, type: 'copy', status: 'completed' },
  },
  {
    type: 'domain-tunable',
    program: remote,
    procedure: 346,
    payload: `${callback}${web}
      00000007 | params: seven
      00000001 61 000000 | field: a
      00000001 | type
      80000000 | value: -2147483648
      00000001 62 000000 | field: b
      00000002 | type
      ffffffff | value: 4294967295
      00000001 63 000000 | field: c
      00000003 | type
      ffdfffff ffffffff | value: -9007199254740993
      00000001 64 000000 | field: d
      00000004 | type
      ffffffff ffffffff | value: 18446744073709551615
      00000001 65 000000 | field: e
      00000005 | type
      bfe00000 00000000 | value: -0.5
      00000001 66 000000 | field: f
      00000006 | type
      00000001 | value: true
      00000001 67 000000 | field: g
      00000007 | type
      00000005 302d312c33 000000 | value: 0-1,3`,
    xml: `${webXml}<parameter name="a" type="int">-2147483648</parameter><parameter name="b" type="uint">4294967295</parameter><parameter name="c" type="llong">-9007199254740993</parameter><parameter name="d" type="ullong">18446744073709551615</parameter><parameter name="e" type="double">-0.5</parameter><parameter name="f" type="boolean">true</parameter><parameter name="g" type="string">0-1,3</parameter>`,
    detail: {
      domain,
      parameters: [
        { name: 'a', type: 'int', value: -2147483648 },
        { name: 'b', type: 'uint', value: 4294967295 },
        { name: 'c', type: 'llong', value: -9007199254740993n },
        { name: 'd', type: 'ullong', value: 18446744073709551615n },
        { name: 'e', type: 'double', value: -0.5 },
        { name: 'f', type: 'boolean', value: true },
        { name: 'g', type: 'string', value: '0-1,3' },
      ],
    },
  },
  {
    type: 'domain-agent-lifecycle',
    program: remote,
    procedure: 348,
    payload: `${callback}${web}
      00000002 | state: disconnected
      00000001 | reason: domain started`,
    xml: `${webXml}<agent state="disconnected" reason="domain-started"/>`,
    detail: { domain, state: 'disconnected', reason: 'domain-started' },
  },
  {
    type: 'domain-migration-iteration',
    program: remote,
    procedure: 359,
    payload: `${callback}${web}
      00000007 | iteration`,
    xml: `${webXml}<migration iteration="7"/>`,
    detail: { domain, iteration: 7 },
  },
  {
    type: 'domain-job-completed',
    program: remote,
    procedure: 363,
    payload: `${callback}${web}
      00000002 | params: two
      00000009 6f7065726174696f6e 000000 | field: operation
      00000001 | type
      00000005 | value: 5
      0000000a 646174615f746f74616c 0000 | field: data_total
      00000004 | type
      00000000 04060000 | value: 67502080`,
    xml: `${webXml}<job operation="migration-out"/><parameter name="operation" type="int">5</parameter><parameter name="data_total" type="ullong">67502080</parameter>`,
    detail: {
      domain,
      operation: 'migration-out',
      parameters: [
        { name: 'operation', type: 'int', value: 5 },
        { name: 'data_total', type: 'ullong', value: 67502080n },
      ],
    },
  },
  {
    type: 'domain-job-completed',
    program: remote,
    procedure: 363,
    payload: `${callback}${web}
      00000001 | params: one
      00000007 73756363657373 00 | field: success
      00000006 | type
      00000000 | value: false`,
    xml: `${webXml}<parameter name="success" type="boolean">false</parameter>`,
    detail: { domain, parameters: [{ name: 'success', type: 'boolean', value: false }] },
  },
  {
    type: 'domain-metadata-change',
    program: remote,
    procedure: 379,
    payload: `${callback}${web}
      00000002 | type: element
      00000001 | nsuri: present
      0000000a 75726e3a6261636b7570 0000 | urn:backup`,
    xml: `${webXml}<metadata type="element" uri="urn:backup"/>`,
    detail: { domain, type: 'element', uri: 'urn:backup' },
  },
  {
    type: 'domain-metadata-change',
    program: remote,
    procedure: 379,
    payload: `${callback}${web}
      00000001 | type: title
      00000000 | nsuri: absent`,
    xml: `${webXml}<metadata type="title"/>`,
    detail: { domain, type: 'title' },
  },
  {
    type: 'domain-block-threshold',
    program: remote,
    procedure: 385,
    payload: `${callback}${web}
      00000006 7664615b315d 0000 | dev: vda[1]
      00000001 | path: present
      0000000f 2f696d616765732f7765622e696d67 00 | /images/web.img
      00200000 00000001 | threshold: 2^53 + 1
      ffffffff ffffffff | excess: 2^64 - 1`,
    xml: `${webXml}<disk target="vda[1]" path="/images/web.img"/><block-threshold threshold="9007199254740993" excess="18446744073709551615"/>`,
    detail: {
      domain,
      disk: { target: 'vda[1]', path: '/images/web.img' },
      threshold: 9007199254740993n,
      excess: 18446744073709551615n,
    },
  },
  {
    type: 'domain-block-threshold',
    program: remote,
    procedure: 385,
    payload: `${callback}${web}
      00000003 766461 00 | dev: vda
      00000000 | path: absent
      00000000 00000000 | threshold
      00000000 00000001 | excess`,
    xml: `${webXml}<disk target="vda"/><block-threshold threshold="0" excess="1"/>`,
    detail: { domain, disk: { target: 'vda' }, threshold: 0n, excess: 1n },
  },
  {
    type: 'domain-memory-failure',
    program: remote,
    procedure: 423,
    payload: `${callback}${web}
      00000001 | recipient: guest
      00000001 | action: inject
      00000001 | flags: action required`,
    xml: `${webXml}<memory-failure recipient="guest" action="inject" action-required="true" recursive="false"/>`,
    detail: { domain, recipient: 'guest', action: 'inject', actionRequired: true, recursive: false },
  },
  {
    type: 'domain-memory-failure',
    program: remote,
    procedure: 423,
    payload: `${callback}${web}
      00000000 | recipient: hypervisor
      00000002 | action: fatal
      80000006 | flags: recursive, and two that have no name`,
    xml: `${webXml}<memory-failure recipient="hypervisor" action="fatal" action-required="false" recursive="true" other-flags="2147483652"/>`,
    detail: {
      domain,
      recipient: 'hypervisor',
      action: 'fatal',
      actionRequired: false,
      recursive: true,
      otherFlags: 2147483652,
    },
  },
  {
    type: 'domain-memory-device-size-change',
    program: remote,
    procedure: 438,
    payload: `${callback}${web}
      0000000a 76697274696f6d656d30 0000 | alias: virtiomem0
      00000000 00080000 | size`,
    xml: `${webXml}<device alias="virtiomem0"/><memory-device size="524288"/>`,
    detail: { domain, device: { alias: 'virtiomem0' }, size: 524288n },
  },
  {
    type: 'domain-nic-mac-change',
    program: remote,
    procedure: 453,
    payload: `${callback}${web}
      00000004 6e657430 | alias: net0
      00000011 35323a35343a30303a30303a30303a3031 000000 | oldMAC: 52:54:00:00:00:01
      00000011 35323a35343a30303a30303a30303a3032 000000 | newMAC: 52:54:00:00:00:02`,
    xml: `${webXml}<device alias="net0"/><mac-change old-mac="52:54:00:00:00:01" new-mac="52:54:00:00:00:02"/>`,
    detail: { domain, device: { alias: 'net0' }, oldMac: '52:54:00:00:00:01', newMac: '52:54:00:00:00:02' },
  },
  {
    type: 'domain-vcpu-removed',
    program: remote,
    procedure: 454,
    payload: `${callback}${web}
      ffffffff | vcpuid: 2^32 - 1`,
    xml: `${webXml}<vcpu id="4294967295"/>`,
    detail: { domain, vcpu: 4294967295 },
  },
  {
    type: 'domain-channel-lifecycle',
    program: remote,
    procedure: 455,
    payload: `${callback}${web}
      0000000d 6f72672e6578616d706c652e30 000000 | channelName: org.example.0
      00000001 | state: connected
      00000002 | reason: channel event`,
    xml: `${webXml}<channel name="org.example.0" state="connected" reason="channel-event"/>`,
    detail: { domain, channel: 'org.example.0', state: 'connected', reason: 'channel-event' },
  },
  {
    type: 'network-lifecycle',
    program: remote,
    procedure: 315,
    payload: `${callback}
      00000003 6c616e 00 | name: lan
      11111111 22224333 84445555 555555dd | uuid
      00000002 | event: started
      00000000 | detail`,
    xml: '<network><name>lan</name><uuid>11111111-2222-4333-8444-5555555555dd</uuid></network><lifecycle event="started"/>',
    detail: { network: { name: 'lan', uuid: '11111111-2222-4333-8444-5555555555dd' }, event: 'started' },
  },
  {
    type: 'network-lifecycle',
    program: remote,
    procedure: 315,
    payload: `${callback}
      00000003 6c616e 00 | name: lan
      11111111 22224333 84445555 555555dd | uuid
      00000003 | event: stopped
      00000007 | detail`,
    xml: '<network><name>lan</name><uuid>11111111-2222-4333-8444-5555555555dd</uuid></network><lifecycle event="stopped" detail="7"/>',
    detail: { network: { name: 'lan', uuid: '11111111-2222-4333-8444-5555555555dd' }, event: 'stopped', detail: '7' },
  },
  {
    type: 'network-metadata-change',
    program: remote,
    procedure: 446,
    payload: `${callback}
      00000003 6c616e 00 | name: lan
      11111111 22224333 84445555 555555dd | uuid
      00000000 | type: description
      00000000 | nsuri: absent`,
    xml: '<network><name>lan</name><uuid>11111111-2222-4333-8444-5555555555dd</uuid></network><metadata type="description"/>',
    detail: { network: { name: 'lan', uuid: '11111111-2222-4333-8444-5555555555dd' }, type: 'description' },
  },
  {
    type: 'storage-pool-lifecycle',
    program: remote,
    procedure: 370,
    payload: `${callback}
      00000006 696d61676573 0000 | name: images
      11111111 22224333 84445555 555555dd | uuid
      00000004 | event: created
      00000000 | detail`,
    xml: '<storage-pool><name>images</name><uuid>11111111-2222-4333-8444-5555555555dd</uuid></storage-pool><lifecycle event="created"/>',
    detail: { storagePool: { name: 'images', uuid: '11111111-2222-4333-8444-5555555555dd' }, event: 'created' },
  },
  {
    type: 'storage-pool-refresh',
    program: remote,
    procedure: 373,
    payload: `${callback}
      00000006 696d61676573 0000 | name: images
      11111111 22224333 84445555 555555dd | uuid`,
    xml: '<storage-pool><name>images</name><uuid>11111111-2222-4333-8444-5555555555dd</uuid></storage-pool>',
    detail: { storagePool: { name: 'images', uuid: '11111111-2222-4333-8444-5555555555dd' } },
  },
  {
    type: 'node-device-lifecycle',
    program: remote,
    procedure: 376,
    payload: `${callback}
      00000007 7573625f315f34 00 | name: usb_1_4
      00000001 | event: deleted
      00000000 | detail`,
    xml: '<node-device><name>usb_1_4</name></node-device><lifecycle event="deleted"/>',
    detail: { nodeDevice: { name: 'usb_1_4' }, event: 'deleted' },
  },
  {
    type: 'node-device-update',
    program: remote,
    procedure: 377,
    payload: `${callback}
      00000007 7573625f315f34 00 | name: usb_1_4`,
    xml: '<node-device><name>usb_1_4</name></node-device>',
    detail: { nodeDevice: { name: 'usb_1_4' } },
  },
  {
    type: 'secret-lifecycle',
    program: remote,
    procedure: 382,
    payload: `${callback}
      11111111 22224333 84445555 555555ee | uuid
      00000002 | usageType: ceph
      00000008 636c69656e742e78 | usageID: client.x
      00000000 | event: defined
      00000000 | detail`,
    xml: '<secret><uuid>11111111-2222-4333-8444-5555555555ee</uuid><usage type="ceph">client.x</usage></secret><lifecycle event="defined"/>',
    detail: {
      secret: { uuid: '11111111-2222-4333-8444-5555555555ee', usageType: 'ceph', usageId: 'client.x' },
      event: 'defined',
    },
  },
  {
    type: 'secret-lifecycle',
    program: remote,
    procedure: 382,
    payload: `${callback}
      11111111 22224333 84445555 555555ee | uuid
      00000000 | usageType: none
      00000000  | usageID: empty
      00000001 | event: undefined
      00000000 | detail`,
    xml: '<secret><uuid>11111111-2222-4333-8444-5555555555ee</uuid><usage type="none"/></secret><lifecycle event="undefined"/>',
    detail: {
      secret: { uuid: '11111111-2222-4333-8444-5555555555ee', usageType: 'none', usageId: '' },
      event: 'undefined',
    },
  },
  {
    type: 'secret-value-changed',
    program: remote,
    procedure: 383,
    payload: `${callback}
      11111111 22224333 84445555 555555ee | uuid
      00000002 | usageType: ceph
      00000008 636c69656e742e78 | usageID: client.x`,
    xml: '<secret><uuid>11111111-2222-4333-8444-5555555555ee</uuid><usage type="ceph">client.x</usage></secret>',
    detail: { secret: { uuid: '11111111-2222-4333-8444-5555555555ee', usageType: 'ceph', usageId: 'client.x' } },
  },
  {
    type: 'qemu-monitor',
    program: qemu,
    procedure: 6,
    payload: `${callback}${web}
      00000004 53544f50 | event: STOP
      00000000 695735a5 | seconds: 2026-01-02T03:04:05Z
      00000007 | micros
      00000000 | details: absent`,
    xml: `${webXml}<monitor event="STOP"/>`,
    detail: { domain, event: 'STOP' },
    timestamp: '2026-01-02T03:04:05.000007Z',
  },
  {
    type: 'qemu-monitor',
    program: qemu,
    procedure: 6,
    payload: `${callback}${web}
      0000000a 5254435f4348414e4745 0000 | event: RTC_CHANGE
      00000000 695735a5 | seconds: 2026-01-02T03:04:05Z
      000f423f | micros
      00000001 | details: present
      0000000c 7b226f6666736574223a317d | {"offset":1}`,
    xml: `${webXml}<monitor event="RTC_CHANGE"><details>{"offset":1}</details></monitor>`,
    detail: { domain, event: 'RTC_CHANGE', details: '{"offset":1}' },
    timestamp: '2026-01-02T03:04:05.999999Z',
  },
  {
    type: 'connection-closed',
    program: remote,
    procedure: 362,
    payload: `
      00000002 | reason: keepalive`,
    xml: '<connection uri="qemu:///system"/><close reason="keepalive"/>',
    detail: { uri: 'qemu:///system', reason: 'keepalive' },
  },
];
