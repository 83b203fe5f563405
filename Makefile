# SPDX-License-Identifier: GPL-2.0
# The commands of the project. Everything that is made goes to build/, or O=DIR.
# Each target installs the Debian packages it needs (scripts/install-deps).

O ?= build
override O := $(abspath $(O))
export O
KERNEL ?= epc
EPC ?= 32M
CPUS ?= 4
SECONDS ?= 600
SAMPLE ?= 100
SHELL := /bin/bash
DEPS := scripts/install-deps
# Words of the table in "make help": what follows the two signs after a target.
HELP := s/^\([a-z][a-z-]*\):.*\#\# /  make \1\t/p

.PHONY: help demo check fuzz check-debug shell patch epc stock selftests rules storm storms check-harness bench coverage mutate epcctl install clean

help: ## this list
	@sed -n '$(HELP)' Makefile | expand -t 20
	@echo "O=DIR builds there instead of in build/; KERNEL=stock boots another kernel in make shell and"
	@echo "make storm, which also knows SECONDS=, SEED=, EPC=16M,16M and CPUS=."

demo: ## from a fresh machine to a limit seen at work on real enclaves
	@$(DEPS) kernel vm demo selftests
	@demo/demo

# What is random in a check is so alike every time, so that a change is judged by what it
# does. What nobody has met yet is looked for by "make fuzz" and "make storm". Which rules
# are broken depends on the commit: the same ones for the same, in time all of them.
CHECK_SEED = $(or $(SEED),1)
BREAKS_SEED = $(or $(SEED),$(shell commit=$$(git rev-parse HEAD 2>/dev/null) && \
	echo $$((0x$${commit:0:7})) || echo 1))

check: ## all tests that pass or fail; SEED=1 is that of all that is random
	@$(DEPS) kernel vm selftests demo harness epcctl epcctl-tests
	@scripts/prepare-tree base
	@$(MAKE) --no-print-directory selftests
	@scripts/ktap-sum '$(MAKE) -s --no-print-directory -C harness O=$(O) run' \
		'O=$(O) harness/fuzz/run --seed $(CHECK_SEED) --seconds 30 --runs 5000000 lines' \
		'O=$(O) harness/fuzz/run --seed $(CHECK_SEED) --seconds 30 --runs 6000 steps' \
		hooks/tests/run scripts/tests/run scripts/tests/api 'scripts/rules --check' \
		vm/tests/run demo/tests/run 'SEED=$(CHECK_SEED) epcctl/tests/run' vm/tests/boot \
		epcctl/tests/vm \
		'EPC_SEED=$(CHECK_SEED) selftests/run' \
		'EPC_SEED=$(CHECK_SEED) selftests/breaks/run --random 3 --seed $(BREAKS_SEED)'

check-harness: ## the kernel files as a program: unit tests, threads, without a kernel
	@$(DEPS) harness
	@scripts/ktap-sum '$(MAKE) -s --no-print-directory -C harness O=$(O) run'

fuzz: ## fuzz the kernel files against a model of the contract, TARGET=lines or steps
	@$(DEPS) harness
	@O=$(O) harness/fuzz/run --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) $(TARGET)

check-debug: ## the same selftests on kernels that find wrong accesses, races and leaks: hours
	@$(DEPS) kernel vm selftests
	@scripts/prepare-tree base
	@$(MAKE) --no-print-directory selftests
	@scripts/ktap-sum 'selftests/run -k nomisc' 'selftests/run -k debug' 'selftests/run -k kcsan'

shell: ## an interactive VM
	@$(DEPS) kernel vm
	@vm/epcvm run -k $(KERNEL) --tty -- bash -i

coverage: ## which lines and branches of the kernel files the harness runs
	@$(DEPS) harness
	@$(MAKE) -s --no-print-directory -C harness O=$(O) cover
	@harness/coverage/run $(O)/harness/cover

mutate: ## do the tests of the harness notice small mistakes? SAMPLE=100 SEED= FILE=
	@$(DEPS) harness
	@$(MAKE) -s --no-print-directory -C harness O=$(O) mutate
	@harness/mutate/run $(O)/harness/mutate --list $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEED),--seed $(SEED)) $(if $(FILE),--file $(FILE))

bench: ## what charging, reclaim and reading cost, beside the stock kernel's
	@$(DEPS) kernel bench
	@scripts/prepare-tree base
	@$(MAKE) -s --no-print-directory -C harness O=$(O) bench
	@harness/bench/run $(O)/harness/bench

patch: ## the whole change as one diff against Debian's kernel source, in build/
	@scripts/make-patch

epc: ## the patched kernel with software SGX
	@$(DEPS) kernel vm
	@vm/epcvm build -k epc

stock: ## Debian's SGX driver untouched, with software SGX
	@$(DEPS) kernel vm
	@vm/epcvm build -k stock

selftests: ## the test programs, without running them
	@$(DEPS) selftests kernel
	@scripts/prepare-tree base
	@$(MAKE) -s --no-print-directory -C selftests O=$(O) all

storm: ## tenants that do everything at once, at random, for SECONDS=600
	@$(DEPS) kernel vm
	@$(MAKE) --no-print-directory selftests
	@vm/epcvm run -k $(KERNEL) --epc $(EPC) --cpus $(CPUS) --timeout 0 \
		--append 'tsc=reliable rcupdate.rcu_expedited=1' -- \
		$(O)/selftests/storm --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

storms: ## the eight long storms on debug and kcsan, each of SECONDS: two hours or more
	@$(DEPS) kernel vm selftests
	@selftests/storm/series $(SECONDS) $(SEED)

rules: ## which tests prove which rule of the contract
	@scripts/rules

epcctl: ## the operator's tool and its library
	@$(DEPS) epcctl
	@$(MAKE) -s --no-print-directory -C epcctl O=$(O) all

install: ## the tool, its library, manual pages and completions under PREFIX=/usr/local, DESTDIR=
	@$(DEPS) epcctl
	@$(MAKE) -s --no-print-directory -C epcctl O=$(O) install

clean: ## remove what was built; the compiler's cache is in ~/.cache/epccg-ccache
	rm -rf $(wildcard $(O)/* $(O)/.[!.]*)
