# SPDX-License-Identifier: GPL-2.0
# Completion of epcctl for fish. Commands and options are what --help says, so
# that there is no second list of them.

function __epcctl_commands
    epcctl --help 2>/dev/null | string replace -rf '^  ([a-z]+) +(.*)$' '$1\t$2'
end

function __epcctl_options
    set -l words (commandline -opc)
    epcctl $words[2] --help 2>/dev/null |
        string replace -rf '^ +(?:-[A-Za-z], )?(--[a-z]+)\S* *(.*)$' '$1\t$2'
end

# Cgroups by their path below the mount point.
function __epcctl_groups
    set -l mount /sys/fs/cgroup
    for group in $mount/(string trim -lc / -- (commandline -ct))*/
        string replace -- $mount '' $group
    end
end

# The command, and with more words also the one before the cursor.
function __epcctl_at
    set -l words (commandline -opc)
    test (count $words) -ge 2; or return 1
    contains -- $words[2] $argv
end

function __epcctl_after
    set -l words (commandline -opc)
    contains -- $words[-1] $argv
end

complete -c epcctl -f
complete -c epcctl -n 'test (count (commandline -opc)) -eq 1' -a '(__epcctl_commands)'
complete -c epcctl -n 'test (count (commandline -opc)) -ge 2' -a '(__epcctl_options)'
complete -c epcctl -n '__epcctl_after --exhausted' -a 'kill fail'
complete -c epcctl -n '__epcctl_after --root --textfile --out' -F
complete -c epcctl -n '__epcctl_at ls ps get top watch export enable reclaim; or __epcctl_after set --parent' -a '(__epcctl_groups)'
complete -c epcctl -n '__epcctl_at set; and not __epcctl_after set' -a 'max= low= exhausted=kill exhausted=fail'
complete -c epcctl -n '__epcctl_at record replay plot' -F
complete -c epcctl -n '__epcctl_at run' -a '(__fish_complete_subcommand)'
