/** What `virdeliver --help` and `virdeliver COMMAND --help` print. */

const HELP = `virdeliver: libvirt events for programs without threads

usage: virdeliver COMMAND [ARGUMENT…] [OPTION…]

  watch [URI]                shows the events of a connection as they come
  filter XPATH [FILE…]       checks and explains a filter, and tries it on the events in files
  list [URI]                 shows the domains of a connection and their states

  --help, -h                 this text; after a command, the command's own
  --version                  the version

URI says where the events come from:
  qemu:///system, …          a libvirt daemon, by its unix socket; test+unix:///default for its test driver
  test:///default            a simulated hypervisor with one domain; --seed gives it a life of its own
  test:///path.xml           the same, with the domains of a <node> document
  file:PATH                  events in a file; file:PATH?follow waits for more
  fifo:PATH, fd:N, -         events from a FIFO, a descriptor, or standard input
Without one it is libvirt's own default: LIBVIRT_DEFAULT_URI, or uri_default in libvirt.conf, or what the daemon finds.

Exit status: 0 done; 1 something failed, or what was waited for did not come; 2 wrong usage; 130 interrupted.
`;

const WATCH = `usage: virdeliver watch [URI] [OPTION…]

Shows the events of a connection as they come, until it ends, or until Ctrl-C.

  --type, -t TYPE            only events of this type; may be given again, for any of several
  --filter, -f XPATH         only events that this XPath 1.0 expression matches; may be given again, for any of several
  --suppress, -s XPATH       no events that this expression matches; may be given again
  --namespace P=URI          what a prefix in the expressions stands for; may be given again
  --variable N=VALUE         what a variable in the expressions stands for, as a string; may be given again
  --format FORMAT            text (the default): a line for a person; xml: the event's text; json: an object a line
  --count, -n N              ends after N events
  --timeout SECONDS          ends after that time
  --state                    shows the domains and their states first
  --events TYPE              daemon: asks it for events of this type only; may be given again. The default is all but
                             qemu-monitor, of which there are many
  --read-only                daemon: asks it for no more than reading
  --no-reconnect             daemon: ends when it goes away, instead of waiting for it to come back
  --seed N                   test: gives the simulated hypervisor a random life, the same one for the same number

With --count the exit status is 1 where the connection ended, or the time was up, before that many events came.

examples:
  virdeliver watch test:///default --seed 42 --timeout 3
  virdeliver watch test:///default --seed 42 --type domain-state-transition --count 2
  virdeliver watch test:///default --seed 42 --filter "transition/@to = 'crashed'" --timeout 2 --format json
`;

const FILTER = `usage: virdeliver filter XPATH [FILE…] [OPTION…]

Checks a filter, an XPath 1.0 expression whose context node is the event element, and explains it. On the events in
files (- is standard input) it shows which match.

  --namespace P=URI          what a prefix in the expression stands for; may be given again
  --variable N=VALUE         what a variable in the expression stands for, as a string; may be given again

The exit status is 1 where the filter is wrong, a file cannot be read, or none of the events in the files matches.

examples:
  virdeliver filter "@type = 'domain-reboot' and domain/name = \\$name" --variable name=web
  virdeliver filter "transition[@to = 'crashed']" events.xml
`;

const LIST = `usage: virdeliver list [URI] [OPTION…]

Shows the domains of a connection and their states.

  --format FORMAT            text (the default): a table; json: an object a line
  --read-only                daemon: asks it for no more than reading

example:
  virdeliver list test:///default
`;

/** The commands, each with its help. */
export const commandHelp: ReadonlyMap<string, string> = new Map([
  ['watch', WATCH],
  ['filter', FILTER],
  ['list', LIST],
]);

/** The help of the whole. */
export const help: string = HELP;
