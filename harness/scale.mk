# SPDX-License-Identifier: GPL-2.0
# What Makefile does not build: benchmarks, and tests under every schedule.
#
#   bench   programs for bench/run, in $(OUT)/bench; needs $(O)/linux-source-6.1
#   sched   tests of sched/, in $(OUT)/gcc
#   cover   the unit tests, counting what runs, in $(OUT)/cover

.PHONY: bench sched cover mutate mutate-flags

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
COVER_TESTS = $(patsubst %,$(OUT)/cover/test_%,$(filter-out models% threads,$(TESTS)))
$(COVER_TESTS): $(OUT)/cover/coverage/exit.o

# coverage/run runs what is there: a program of an older tree would count, too.
cover: $(COVER_TESTS)
	@rm -f $(filter-out $(COVER_TESTS),$(wildcard $(OUT)/cover/test_*))

all: cover
CHECKS += 'coverage/run $(OUT)/cover'

# The tests once more, with the kernel files in a library that mutate/run replaces: first
# as fast as they can be built and run, then what survives with all checks.
CC_mutate := gcc
CFLAGS_mutate := -O0 -fPIC
CC_mutate-asan := gcc
CFLAGS_mutate-asan := $(ASAN) -fPIC
CC_mutate-tsan := clang
CFLAGS_mutate-tsan := $(CFLAGS_tsan) -fPIC
MUTATE_TESTS = $(filter-out models%,$(TESTS))

define mutable
$(call flavour,$(1))
$(OUT)/$(1)/libproduct.so: $(patsubst %.c,$(OUT)/$(1)/linux/%.o,$(PRODUCT))
	@$$(CC_$(1)) $$(CFLAGS) $$(CFLAGS_$(1)) -shared -Wl,-soname,libproduct.so -o $$@ $$^

$(OUT)/$(1)/mutable_%: $(OUT)/$(1)/tests/test_%.o $(OUT)/$(1)/tests/kunit.o \
		       $(OUT)/$(1)/tests/world.o $(OUT)/$(1)/tests/death.o \
		       $(patsubst %.c,$(OUT)/$(1)/%.o,$(MODELS)) $(OUT)/$(1)/libproduct.so
	@$$(CC_$(1)) $$(CFLAGS) $$(CFLAGS_$(1)) -rdynamic -Wl,--enable-new-dtags,-rpath,$$(@D) -o $$@ $$^

$(OUT)/$(1)/mutable_misc: $(MISC_KUNIT:%.c=$(OUT)/$(1)/linux/%.o)
$(OUT)/$(1)/mutable_policy: $(SGX_KUNIT:%.c=$(OUT)/$(1)/linux/%.o)

$(OUT)/$(1)/mutable_sched_%: $(OUT)/$(1)/sched/%.o $(addprefix $(OUT)/$(1)/,$(SCHED_PARTS)) \
			     $(patsubst %.c,$(OUT)/$(1)/%.o,$(MODELS)) $(OUT)/$(1)/libproduct.so
	@$$(CC_$(1)) $$(CFLAGS) $$(CFLAGS_$(1)) -rdynamic -Wl,--enable-new-dtags,-rpath,$$(@D) -o $$@ $$^
endef
$(eval $(call mutable,mutate))
$(eval $(call mutable,mutate-asan))
$(eval $(call mutable,mutate-tsan))

MUTATE_FAST = $(MUTATE_TESTS:%=$(OUT)/mutate/mutable_%)
MUTATE_ASAN = $(MUTATE_TESTS:%=$(OUT)/mutate-asan/mutable_%) \
	      $(SCHED:%=$(OUT)/mutate-asan/mutable_sched_%)

MUTATE_TSAN = $(OUT)/mutate-tsan/mutable_threads

mutate: $(MUTATE_FAST) $(MUTATE_ASAN) $(MUTATE_TSAN)

# For mutate/run: how to compile a file, and the tests to run with it.
MUTATE_CC = $(CPPFLAGS) $(CFLAGS) -Wno-error -Werror=return-type
mutate-flags:
	@echo "product: $(PRODUCT)"
	@echo "mutate: $(CC_mutate) $(MUTATE_CC) $(CFLAGS_mutate)"
	@echo "mutate-asan: $(CC_mutate-asan) $(MUTATE_CC) $(CFLAGS_mutate-asan)"
	@echo "mutate-tsan: $(CC_mutate-tsan) $(MUTATE_CC) $(CFLAGS_mutate-tsan)"
	@echo "mutate-tests: $(MUTATE_FAST)"
	@echo "mutate-asan-tests: $(MUTATE_ASAN)"
	@echo "mutate-tsan-tests: $(MUTATE_TSAN)"
