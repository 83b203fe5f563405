# SPDX-License-Identifier: GPL-2.0
# What Makefile does not build: benchmarks, and tests under every schedule.
#
#   bench   programs for bench/run, in $(OUT)/bench; needs $(O)/linux-source-6.1
#   sched   tests of sched/, in $(OUT)/gcc
#   cover   the unit tests, counting what runs, in $(OUT)/cover

.PHONY: bench sched cover

# Locks and atomics as the kernel has them on x86, before the models of the harness.
CC_bench := gcc -Ibench/include
CFLAGS_bench := -O2 -fno-strict-overflow -fomit-frame-pointer -fno-pie -no-pie \
		-DHARNESS_NO_CHECKS -DHARNESS_NO_SCHEDULE
$(eval $(call flavour,bench))

# The stock kernel's controller, with no other header of its kernel than its own.
BASE	:= $(abspath $(O))/linux-source-6.1
STOCK	:= $(OUT)/bench/stock
CC_stock := gcc -DBENCH_STOCK -I$(STOCK)/include -Ibench/include
BENCH_LIB := $(patsubst %.c,$(OUT)/bench/%.o,$(wildcard lib/*.c))
BENCH_MISC := $(patsubst %.c,$(OUT)/bench/linux/%.o,$(filter kernel/cgroup/%,$(PRODUCT)))
BENCH_CC = $(CPPFLAGS) $(CFLAGS) $(CFLAGS_bench)

bench: $(addprefix $(OUT)/bench/bench_,charge_stock charge_ours scale)

$(STOCK)/include/linux/misc_cgroup.h: $(BASE)/include/linux/misc_cgroup.h
	@mkdir -p $(@D)
	@cp $< $@

$(STOCK)/misc.o: $(BASE)/kernel/cgroup/misc.c $(STOCK)/include/linux/misc_cgroup.h
	@$(CC_stock) $(BENCH_CC) -include bench/include/stock.h -c -o $@ $<

$(STOCK)/charge.o: bench/charge.c $(STOCK)/include/linux/misc_cgroup.h
	@$(CC_stock) $(BENCH_CC) -c -o $@ $<

$(OUT)/bench/bench_charge_stock: $(STOCK)/charge.o $(STOCK)/misc.o $(BENCH_LIB)
	@$(CC_bench) $(BENCH_CC) -o $@ $^

$(OUT)/bench/bench_charge_ours: $(OUT)/bench/bench/charge.o $(BENCH_MISC) $(BENCH_LIB)
	@$(CC_bench) $(BENCH_CC) -o $@ $^

$(OUT)/bench/bench_scale: $(OUT)/bench/bench/scale.o $(OUT)/bench/tests/world.o \
			  $(OUT)/bench/sched/expect.o $(OUT)/bench/libepc-harness.a
	@$(CC_bench) $(BENCH_CC) -o $@ $^

# Tests under every schedule.
SCHED	:= charge free kill
sched: $(SCHED:%=$(OUT)/gcc/sched_%)

SCHED_PARTS := $(addprefix sched/,sched.o main.o expect.o encl.o) tests/world.o
$(OUT)/gcc/sched_%: $(OUT)/gcc/sched/%.o $(addprefix $(OUT)/gcc/,$(SCHED_PARTS)) \
		    $(OUT)/gcc/libepc-harness.a
	@$(CC_gcc) $(CFLAGS) $(CFLAGS_gcc) -o $@ $^

# The same with one file of the product, PLANT, replaced by the copy in plants/.
$(OUT)/gcc/plants/sched_%: $(OUT)/gcc/sched_% FORCE
	@$(CC_gcc) $(CPPFLAGS) $(CFLAGS) $(CFLAGS_gcc) -c -o $(@D)/$(notdir $(PLANT:.c=.o)) \
		$(@D)/$(notdir $(PLANT))
	@$(CC_gcc) $(CFLAGS) $(CFLAGS_gcc) -o $@ $(OUT)/gcc/sched/$*.o \
		$(addprefix $(OUT)/gcc/,$(SCHED_PARTS)) $(@D)/$(notdir $(PLANT:.c=.o)) \
		$(OUT)/gcc/libepc-harness.a
.PHONY: FORCE

SCHED_TESTS := $(SCHED:%=$(OUT)/gcc/sched_%)
all: $(SCHED_TESTS)
CHECKS += $(SCHED_TESTS) sched/planted

# The unit tests again, compiled to count which lines and branches run. What a process
# has counted is written when it ends, also by _exit().
CC_cover := gcc
CFLAGS_cover := -O0 --coverage -fprofile-update=atomic -DHARNESS_NO_SCHEDULE \
		-Wl,--wrap=_exit
$(eval $(call flavour,cover))
COVER_TESTS = $(patsubst %,$(OUT)/cover/test_%,$(filter-out models%,$(TESTS)))
$(COVER_TESTS): $(OUT)/cover/coverage/exit.o

cover: $(COVER_TESTS)
