#!/bin/sh
# Starts modular libvirt daemons that are installed on this machine, apart from others: start-modular-daemons.sh DIR DAEMON...
# Sockets and the files DAEMON.pid appear in DIR/run, logs in DIR/log. SIGTERM ends all of them. Needs root.
set -eu
export DIR="$1" PATH="$PATH:/usr/sbin:/sbin"
shift
for part in run lib etc log cache; do mkdir -p "$DIR/$part"; done
mkdir -p /run/libvirt /var/lib/libvirt /etc/libvirt /var/log/libvirt /var/cache/libvirt
# What QEMU's driver needs to run without the services of the machine.
printf '%s\n' 'stdio_handler = "file"' 'security_driver = "none"' 'cgroup_controllers = []' 'user = "root"' \
  'group = "root"' 'remember_owner = 0' >"$DIR/etc/qemu.conf"
for daemon; do printf 'auth_unix_rw = "none"\nauth_unix_ro = "none"\n' >"$DIR/etc/$daemon.conf"; done
exec unshare --mount --propagation private sh -euc '
  mount --bind "$DIR/run" /run/libvirt
  mount --bind "$DIR/lib" /var/lib/libvirt
  mount --bind "$DIR/etc" /etc/libvirt
  mount --bind "$DIR/log" /var/log/libvirt
  mount --bind "$DIR/cache" /var/cache/libvirt
  pids=
  trap "kill \$pids; wait; exit 0" TERM
  for daemon; do
    LIBVIRT_LOG_OUTPUTS="3:file:$DIR/log/$daemon.log" "$daemon" --pid-file "$DIR/run/$daemon.pid" >/dev/null 2>&1 &
    pids="$pids $!"
  done
  wait' sh "$@"
