/** What `virdeliver --help` and `virdeliver COMMAND --help` print. */

const HELP = `virdeliver: libvirt events for programs without threads

usage: virdeliver COMMAND [ARGUMENT…] [OPTION…]

  watch [URI]                shows the events of a connection as they come
  filter XPATH [FILE…]       checks and explains a filter, and tries it on the events in files
  list [URI]                 shows the domains of a connection and their states
  types [TYPE]               shows what types of events there are; of one, what is in it, and a sample
  record URI FILE            writes the events of a connection to a file, with the pauses between them
  replay FILE                shows the events of such a file, with the pauses
  stats [URI]                shows how many events of which types come, how long the queue is, and the domains' states
  collect [URI]              writes the events of a connection to a journal, for programs to read when it suits them
  forward JOURNAL STREAM     publishes a journal to a NATS stream, for programs on other machines to read
  journal ACTION DIR         inspects and maintains a journal: status, verify, readers, prune, move, remove

  completion SHELL           prints a script with which bash, zsh or fish completes what you type

  help [COMMAND]             this text, or a command's own; so do --help and -h
  --version                  the version

URI says where the events come from:
  qemu:///system, …          a libvirt daemon, through its unix socket; test+unix:///default for its test driver
  qemu+ssh://USER@HOST/system, qemu+tls://HOST/system, qemu+tcp://HOST/system, qemu+ext:///system?command=PROGRAM
                             a libvirt daemon elsewhere; passwords are in libvirt's auth.conf
  test:///default            a simulated hypervisor with one domain; --seed gives it a life of its own
  test:///path.xml           the same, with the domains of a <node> document
  journal:DIR?reader=NAME    what 'virdeliver collect' has written, from where that reader left off; without a reader, all of it
  nats://HOST/STREAM?reader=NAME
                             what 'virdeliver forward' has published on all hosts; who you are is in files: creds=FILE, login=FILE
  file:PATH                  events in a file; file:PATH?follow waits for more
  fifo:PATH, fd:N, -         events from a FIFO (fifo:PATH?follow never ends), a descriptor, or standard input
Without one it is libvirt's own default: LIBVIRT_DEFAULT_URI, or uri_default in libvirt.conf, or what the daemon finds.

Exit status: 0 done; 1 something failed, or did not come in time; 2 wrong usage; 130 interrupted.
`;

const WATCH = `usage: virdeliver watch [URI] [OPTION…]

Shows the events of a connection as they come, until it ends, or until Ctrl-C. The date has a line of its own if it
isn't that of the event before, or today's. Standard error says which daemon it is connected to, when that is lost, and when it
is back.

  --type, -t TYPE            only events of this type, for which a daemon is asked; may be given again, for any of several
  --filter, -f XPATH         only events that this XPath 1.0 expression matches; may be given again, for any of several
  --suppress, -s XPATH       no events that this expression matches; may be given again
  --namespace P=URI          what a prefix in the expressions stands for; may be given again
  --variable N=VALUE         what a variable in the expressions stands for, as a string; may be given again
  --format FORMAT            text (the default): a line for a person; xml: the event's text; json: an object a line
  --count, -n N              ends after N events
  --timeout SECONDS          ends after that time
  --state                    shows the domains and their states first; with --format json as an object each, with xml as
                             messages
  --events TYPE              daemon: asks it for events of this type only; may be given again. The default is all but
                             qemu-monitor, of which there are many
  --read-only                daemon: connects read-only
  --no-reconnect             daemon: ends when it goes away, instead of waiting for it to come back
  --wait                     daemon: also waits for one that isn't there yet at the start
  --quiet, -q                only errors on standard error: no warnings, nor how the connection stands
  --seed N                   test: gives the simulated hypervisor a random life, the same one for the same number

The exit status is 1 if nothing that came could be read, or, with --count, if fewer events came.

examples:
  virdeliver watch test:///default --seed 42 --timeout 3
  virdeliver watch test:///default --seed 42 --type domain-state-transition --count 2
  virdeliver watch test:///default --seed 42 --filter "transition/@to = 'crashed'" --timeout 2 --format json
`;

const FILTER = `usage: virdeliver filter XPATH [FILE…] [OPTION…]

Checks a filter, an XPath 1.0 expression whose context node is the event element, and explains it. On the events in
files (- is standard input) it shows which match, and for the others which conditions were false, with what was there. The date
has a line of its own if it isn't that of the event before, or today's.

  --namespace P=URI          what a prefix in the expression stands for; may be given again
  --variable N=VALUE         what a variable in the expression stands for, as a string; may be given again

The exit status is 1 if the filter is wrong, a file cannot be read, or none of the events in the files matches.

examples:
  virdeliver filter "@type = 'domain-reboot' and domain/name = \\$name" --variable name=web
  virdeliver filter "transition[@to = 'crashed']" events.xml
`;

const LIST = `usage: virdeliver list [URI] [OPTION…]

Shows the domains of a connection and their states.

  --format FORMAT            text (the default): a table; json: an object a line
  --read-only                daemon: connects read-only

example:
  virdeliver list test:///default
`;

const TYPES = `usage: virdeliver types [TYPE] [OPTION…]

Shows what types of events there are, virsh's names for them, and what they tell. For one type, which may be given by libvirt's
name, it shows what is in it, with the XPath and the possible values of each thing, and a sample.

  --format FORMAT            text (the default): a table; json: an object a line

examples:
  virdeliver types
  virdeliver types domain-state-transition
  virdeliver types VIR_DOMAIN_EVENT_ID_LIFECYCLE --format json
`;

const COMPLETION = `usage: virdeliver completion SHELL

Prints a script with which bash, zsh or fish completes commands, options, and types of events.

examples:
  virdeliver completion bash > ~/.local/share/bash-completion/completions/virdeliver
  virdeliver completion zsh > ~/.zfunc/_virdeliver
  virdeliver completion fish > ~/.config/fish/completions/virdeliver.fish
`;

const STATS = `usage: virdeliver stats [URI] [OPTION…]

Shows how many events come, in total and by type, how long the queue is, and the domains and their states, again and
again until the connection ends, or until Ctrl-C: on a terminal as a screen that refreshes, elsewhere as a line each time.
It takes all events off the connection.

  --interval, -i SECONDS     how often; default 1
  --count, -n N              ends after so many times
  --format FORMAT            text (the default); openmetrics: for a node exporter's text file, one after another; with --count 1
                             just one
  --events TYPE              daemon: asks it for events of this type only; may be given again. The default is all but
                             qemu-monitor, of which there are many
  --read-only                daemon: connects read-only
  --no-reconnect             daemon: ends when it goes away, instead of waiting for it to come back
  --wait                     daemon: also waits for one that isn't there yet at the start
  --quiet, -q                only errors on standard error: no warnings, nor how the connection stands
  --seed N                   test: gives the simulated hypervisor a random life, the same one for the same number

example:
  virdeliver stats test:///default --seed 42 --count 3
`;

const RECORD = `usage: virdeliver record URI FILE [OPTION…]

Writes the events of a connection to a file as they come, with the pauses between them, until it ends, or until Ctrl-C. The
file is overwritten, unless it's the one that the events come from, which is refused; it is complete up to the last event at any
time. It is a stream of events, which file:FILE reads, too.

  --type, -t TYPE            only events of this type, for which a daemon is asked; may be given again, for any of several
  --filter, -f XPATH         only events that this XPath 1.0 expression matches; may be given again, for any of several
  --suppress, -s XPATH       no events that this expression matches; may be given again
  --namespace P=URI          what a prefix in the expressions stands for; may be given again
  --variable N=VALUE         what a variable in the expressions stands for, as a string; may be given again
  --count, -n N              ends after N events
  --timeout SECONDS          ends after that time
  --events TYPE              daemon: asks it for events of this type only; may be given again
  --read-only                daemon: connects read-only
  --no-reconnect             daemon: ends when it goes away, instead of waiting for it to come back
  --wait                     daemon: also waits for one that isn't there yet at the start
  --quiet, -q                only errors on standard error: no warnings, nor how the connection stands
  --seed N                   test: gives the simulated hypervisor a random life, the same one for the same number

The exit status is 1 if nothing that came could be read, or, with --count, if fewer events came.

example:
  virdeliver record test:///default story.xml --seed 42 --count 2
`;

const REPLAY = `usage: virdeliver replay FILE [OPTION…]

Shows the events of a file that 'virdeliver record' has written, with the pauses that were between them.

  --speed N                  N times as fast; default 1
  --at-once                  without the pauses
  --type, -t TYPE            only events of this type; may be given again, for any of several
  --filter, -f XPATH         only events that this XPath 1.0 expression matches; may be given again, for any of several
  --suppress, -s XPATH       no events that this expression matches; may be given again
  --namespace P=URI          what a prefix in the expressions stands for; may be given again
  --variable N=VALUE         what a variable in the expressions stands for, as a string; may be given again
  --format FORMAT            text (the default): a line for a person; xml: the event's text; json: an object a line
  --count, -n N              ends after N events
  --timeout SECONDS          ends after that time
  --quiet, -q                only errors on standard error: no warnings

The exit status is 1 if nothing in the file could be read, or, with --count, if fewer events came.

examples:
  virdeliver record test:///default story.xml --seed 42 --count 2
  virdeliver replay story.xml --speed 10
`;

const COLLECT = `usage: virdeliver collect [URI] --journal DIR [OPTION…]

Writes the events of a connection to a journal, a folder from which any number of programs read them when it suits them, with
the URI journal:DIR?reader=NAME. It waits for its daemon, says on standard error when it is connected, loses it and is connected
again, and ends in good order on SIGTERM (status 0) and Ctrl-C (130). A journal has one collector.

  --journal DIR              the folder, which is made if it isn't there
  --max-size SIZE            the most that the journal may hold, such as 500M; default 1G. The oldest files are removed
  --max-age TIME             how long events are kept at most, such as 30d
  --keep-free SHARE          how much of the disk stays free, such as 5%, by removing the oldest files
  --host NAME                what events are stamped with, as their attribute host; default the machine's name
  --fifo PATH                events from a FIFO, too, where other programs of the machine write theirs; may be given again
  --leave-out TYPE           keeps no events of this type; may be given again. domain-state-transition is always kept
  --sync WHEN                delivery (the default): events are on disk before the next ones are taken, and survive a
                             power failure; never: they survive a crash of the command
  --alive TIME               how often an event collector-alive is written; default 10m
  --events TYPE              daemon: asks it for events of this type only; may be given again. The default is all but
                             qemu-monitor, of which there are many
  --read-only                daemon: connects read-only
  --quiet, -q                only errors on standard error: no warnings, nor how the connection stands
  --seed N                   test: gives the simulated hypervisor a random life, the same one for the same number

The exit status is 1 if the journal can't be written any more; a daemon that is running still has what is not in it.

examples:
  virdeliver collect qemu:///system --journal /var/lib/virdeliver --max-size 1G --keep-free 5%
  virdeliver watch 'journal:/var/lib/virdeliver?from=newest'
`;

const FORWARD = `usage: virdeliver forward JOURNAL STREAM [OPTION…]

Publishes the events of a journal that 'virdeliver collect' writes to a stream in NATS JetStream, from which any number of
programs read them, on whatever machines. One runs on each host, beside its collector. Each event is published when the
one before is acknowledged. While the hub is away, or the stream full, events stay in the journal, for as long as it takes;
it says so on standard error, and when it goes on. It ends in good order on SIGTERM (status 0) and Ctrl-C (130).

JOURNAL is journal:DIR?reader=NAME: the next run goes on from its bookmark.
STREAM is nats://HOST[:PORT][,HOST…]/STREAM, or tls://…, with these parameters:
  creds=FILE, nkey=FILE, login=FILE
                             who the host is: a file that nsc has written, the seed of an nkey, or {"user": "…",
                             "password": "…"} or {"token": "…"}
  ca=FILE, cert=FILE, key=FILE
                             TLS: who may have signed the server's certificate, and a certificate and key of the host's own
  inbox=SUBJECT              the prefix of the subjects to which the server answers; default _INBOX
  domain=NAME                the JetStream domain of the stream, if the server is a leaf node of the hub

  --create                   makes the stream, and STREAM-readers for the bookmarks of its readers, if they aren't there
  --replicas N               with --create: on how many servers each message is kept; default 1
  --max-age TIME             with --create: how long messages are kept at most, such as 30d
  --max-size SIZE            with --create: how much is kept at most, such as 10G, before the oldest messages go
  --quiet, -q                only errors on standard error: neither that it publishes nor that it waits

The exit status is 1 if something is wrong that waiting won't mend: there is no such stream, the hub refuses the host, or the
journal was set back to an earlier state.

example:
  virdeliver forward 'journal:/var/lib/virdeliver?reader=nats' 'nats://hub/EVENTS?creds=/etc/virdeliver/hub.creds'
`;

const JOURNAL = `usage: virdeliver journal ACTION DIR [OPTION…]

Inspects and maintains a journal that 'virdeliver collect' writes, even while that runs.

  status DIR                 what is in it, whether its collector runs and is connected, and how far each reader is
    --format FORMAT          text (the default); json: an object; openmetrics: for a node exporter's text file
    --max-age TIME           exit status 1 if the collector doesn't run, or its sign of life (every 10 seconds) is older
  verify DIR                 checks all of it: the checksum of every entry, their numbers, and how each file ends
    --format FORMAT          text (the default); json: an object a line
  readers DIR                the readers that have their bookmarks in the journal
    --format FORMAT          text (the default); json: an object a line
  prune DIR                  removes the oldest files, never the last; readers that haven't read them find a gap
    --max-size SIZE          until they are no longer than that, such as 500M
    --max-age TIME           if their last entry is older than that, such as 30d
    --keep-free SHARE        until that share of the disk is free, such as 5%
  move DIR READER --to PLACE
                             has a reader go on elsewhere: oldest, newest, the number of an entry, or a time, such as
                             2026-01-02T03:00:00Z, or -1h for an hour ago
  remove DIR READER          removes a reader's bookmark

The exit status is 1 if verify finds a loss, remove finds no such reader, or the reader reads just now.

examples:
  virdeliver journal status /var/lib/virdeliver --max-age 60s
  virdeliver journal move /var/lib/virdeliver report --to newest
`;

/** The commands, each with its help. */
export const commandHelp: ReadonlyMap<string, string> = new Map([
  ['watch', WATCH],
  ['filter', FILTER],
  ['list', LIST],
  ['types', TYPES],
  ['record', RECORD],
  ['replay', REPLAY],
  ['stats', STATS],
  ['collect', COLLECT],
  ['forward', FORWARD],
  ['journal', JOURNAL],
  ['completion', COMPLETION],
]);

/** The help of the whole. */
export const help: string = HELP;
