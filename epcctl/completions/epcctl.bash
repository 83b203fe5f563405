# SPDX-License-Identifier: GPL-2.0
# Completion of epcctl for bash. Commands and options are what --help says, so
# that there is no second list of them.

_epcctl_commands() {
	epcctl --help 2>/dev/null | sed -n 's/^  \([a-z][a-z]*\)  .*/\1/p'
}

_epcctl_options() {
	epcctl "$1" --help 2>/dev/null |
		sed -n 's/^  *\(-[A-Za-z], \)\{0,1\}\(--[a-z]*\).*/\2/p'
}

# Cgroups by their path below the mount point, or with it.
_epcctl_groups() {
	local cur=$1 mount=/sys/fs/cgroup

	compopt -o filenames -o nospace
	[[ $cur == "$mount"* ]] && mount=
	mapfile -t COMPREPLY < <(compgen -d -S / -- "$mount/${cur#/}")
	COMPREPLY=("${COMPREPLY[@]#"$mount"}")
}

_epcctl_words() {
	mapfile -t COMPREPLY < <(compgen -W "$2" -- "$1")
}

_epcctl_files() {
	compopt -o filenames
	mapfile -t COMPREPLY < <(compgen -f -- "$1")
}

# The argument of an option; fails if $1 takes none that can be completed.
_epcctl_argument() {
	case $1 in
	--exhausted | exhausted) _epcctl_words "$2" "kill fail" ;;
	--root) _epcctl_files "$2" ;;
	--textfile | --out | --report) _epcctl_files "$2" ;;
	--parent) _epcctl_groups "$2" ;;
	--exec) _epcctl_words "$2" "" ;;
	*) return 1 ;;
	esac
}

# What is no option; $3 is the word before.
_epcctl_operand() {
	case $1 in
	set)
		if [[ $3 == set ]]; then
			_epcctl_groups "$2"
		else
			compopt -o nospace
			_epcctl_words "$2" "max= low= exhausted="
		fi
		;;
	replay | plot) _epcctl_files "$2" ;;
	record) if [[ $3 == record ]]; then _epcctl_files "$2"; else _epcctl_groups "$2"; fi ;;
	run) mapfile -t COMPREPLY < <(compgen -c -- "$2") ;;
	status) ;;
	*) _epcctl_groups "$2" ;;
	esac
}

_epcctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}

	COMPREPLY=()
	# bash takes "exhausted=ki" for three words.
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if ((COMP_CWORD == 1)); then
		_epcctl_words "$cur" "$(_epcctl_commands) --help --version"
	elif [[ $cur == -* ]]; then
		_epcctl_words "$cur" "$(_epcctl_options "$command")"
	else
		_epcctl_argument "$prev" "$cur" || _epcctl_operand "$command" "$cur" "$prev"
	fi
}

complete -F _epcctl epcctl
