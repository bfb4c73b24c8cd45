#!/bin/sh
# Sets what can be set while the machine runs, and undoes it.
#
#   tune.sh apply    save what was there, then set (as root)
#   tune.sh undo     put back what was there
#   tune.sh kernel   print the words for the kernel command line; the boot loader is yours
#
# HOT_CPUS  cores for spinning threads, in the kernel's notation
# NIC       the network card; found by the default route when not given
# Every setting is explained in tuning/README.md.
set -eu

HOT_CPUS="${HOT_CPUS:-1}"
STATE="${STATE:-/var/lib/evenkeel-tune}"
SYS="${SYS:-/sys}"
PROC="${PROC:-/proc}"

say() { printf '%s\n' "$*"; }

# The numbers of "1,3-5", one a line.
cores() {
  say "$1" | tr ',' '\n' | while IFS=- read -r from to; do
    [ -z "$from" ] || seq "$from" "${to:-$from}"
  done
}

# All cores of the machine but the hot ones, as "0,2".
other_cores() {
  hot=$(cores "$HOT_CPUS")
  cores "$(cat "$SYS/devices/system/cpu/online")" |
    while read -r core; do
      say "$hot" | grep -qx "$core" || say "$core"
    done | paste -sd, -
}

# Writes $2 to the file $1 and remembers what was there.
set_file() {
  [ -w "$1" ] || return 0
  before=$(cat "$1" 2>/dev/null) || return 0
  # A list of choices shows the chosen one in brackets.
  case "$before" in *\[*\]*) before=${before#*\[} before=${before%%\]*} ;; esac
  [ "$before" != "$2" ] || return 0
  if printf '%s\n' "$2" 2>/dev/null >"$1"; then
    printf '%s\t%s\n' "$1" "$before" >>"$STATE/before"
    say "$1: $before -> $2"
  else
    say "$1: the kernel refuses $2" >&2
  fi
}

apply_cores() {
  for core in $(cores "$HOT_CPUS"); do
    cpu="$SYS/devices/system/cpu/cpu$core"
    set_file "$cpu/cpufreq/scaling_governor" performance
    for state in "$cpu"/cpuidle/state*; do
      [ -r "$state/latency" ] || continue
      if [ "$(cat "$state/latency")" -gt 2 ]; then set_file "$state/disable" 1; fi
    done
  done
}

# A daemon that spreads interrupts would undo the rest: it is told, not stopped.
apply_interrupts() {
  others=$(other_cores)
  if [ -z "$others" ]; then
    say "no core is left for interrupts: they stay where they are" >&2
    return 0
  fi
  for list in "$PROC"/irq/[0-9]*/smp_affinity_list; do
    # Some belong to one core for good (timers, per-queue ones): the kernel refuses, and that is fine.
    [ -e "$list" ] && set_file "$list" "$others"
  done
  if pidof irqbalance >/dev/null 2>&1; then
    say "irqbalance runs: set IRQBALANCE_BANNED_CPULIST=$HOT_CPUS in /etc/default/irqbalance" >&2
  fi
}

apply_system() {
  set_file "$PROC/sys/net/core/busy_read" 50
  set_file "$PROC/sys/net/core/busy_poll" 50
  set_file "$PROC/sys/vm/swappiness" 10
  set_file "$PROC/sys/kernel/numa_balancing" 0
  set_file "$PROC/sys/kernel/watchdog" 0
  set_file "$SYS/kernel/mm/transparent_hugepage/enabled" madvise
}

# The network card's own settings are not files; what was there is kept as a command.
apply_card() {
  nic="${NIC:-$(ip -o route show default 2>/dev/null | sed -n 's/.* dev \([^ ]*\).*/\1/p' | head -n 1)}"
  [ -n "$nic" ] || return 0
  before=$(ethtool -c "$nic" 2>/dev/null) || return 0
  wait_us=$(say "$before" | sed -n 's/^rx-usecs:[[:space:]]*\([0-9]*\)$/\1/p')
  adaptive=$(say "$before" | sed -n 's/^Adaptive RX: \([a-z]*\).*/\1/p')
  [ -n "$wait_us" ] && [ "$wait_us" != 0 ] || return 0
  if ethtool -C "$nic" adaptive-rx off rx-usecs 0; then
    printf '%s %s %s\n' "$nic" "${adaptive:-off}" "$wait_us" >>"$STATE/card"
    say "$nic: rx-usecs $wait_us -> 0"
  fi
}

apply() {
  mkdir -p "$STATE"
  if [ -e "$STATE/before" ]; then
    say "applied already; first: tune.sh undo" >&2
    exit 1
  fi
  : >"$STATE/before"
  apply_cores
  apply_interrupts
  apply_system
  apply_card
}

undo() {
  if [ ! -e "$STATE/before" ]; then
    say "nothing was applied" >&2
    exit 1
  fi
  while IFS="$(printf '\t')" read -r file before; do
    if printf '%s\n' "$before" 2>/dev/null >"$file"; then
      say "$file: -> $before"
    else
      say "$file: the kernel refuses $before" >&2
    fi
  done <"$STATE/before"
  if [ -e "$STATE/card" ]; then
    while read -r nic adaptive wait_us; do
      ethtool -C "$nic" adaptive-rx "$adaptive" rx-usecs "$wait_us" || say "$nic: refused" >&2
    done <"$STATE/card"
  fi
  rm -f "$STATE/before" "$STATE/card"
}

kernel() {
  say "isolcpus=domain,managed_irq,$HOT_CPUS nohz_full=$HOT_CPUS rcu_nocbs=$HOT_CPUS irqaffinity=$(other_cores)"
}

case "${1:-}" in
  apply) apply ;;
  undo) undo ;;
  kernel) kernel ;;
  *)
    say "usage: tune.sh apply | undo | kernel" >&2
    exit 2
    ;;
esac
