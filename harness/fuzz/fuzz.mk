# SPDX-License-Identifier: GPL-2.0
# The fuzz targets, for ../Makefile: with libFuzzer, and as tests that replay a corpus.

FLAVOURS += fuzz
CC_fuzz	:= clang
CFLAGS_fuzz := $(ASAN) -DHARNESS_NO_SCHEDULE
# What is looked for are new ways through the code under test, not through its models.
$(OUT)/fuzz/linux/%.o: CFLAGS_fuzz += -fsanitize=fuzzer-no-link

FUZZ_OBJECTS_lines := fuzz_lines.o lines.o fuzz.o
FUZZ_OBJECTS_steps := fuzz_steps.o lines.o model.o room.o enclaves.o compare.o world.o fuzz.o
FUZZ_TARGETS := lines steps

.PHONY: fuzz
fuzz: $(FUZZ_TARGETS:%=$(OUT)/fuzz/fuzz_%) $(FUZZ_TARGETS:%=$(OUT)/gcc/replay_%)

# The corpora are tests, too. They are replayed without libFuzzer.
all: $(FUZZ_TARGETS:%=$(OUT)/gcc/replay_%)
CHECKS	+= $(foreach t,$(FUZZ_TARGETS),'$(OUT)/gcc/replay_$(t) fuzz/corpus/$(t)*.txt')

define fuzz_target
$(OUT)/fuzz/fuzz_$(1): $(FUZZ_OBJECTS_$(1):%=$(OUT)/fuzz/fuzz/%) $(OUT)/fuzz/libepc-harness.a
	@$$(CC_fuzz) $$(CFLAGS) $$(CFLAGS_fuzz) -fsanitize=fuzzer -o $$@ $$^

$(OUT)/gcc/replay_$(1): $(FUZZ_OBJECTS_$(1):%=$(OUT)/gcc/fuzz/%) $(OUT)/gcc/fuzz/replay.o \
			$(OUT)/gcc/libepc-harness.a
	@$$(CC_gcc) $$(CFLAGS) $$(CFLAGS_gcc) -o $$@ $$^
endef
$(foreach t,$(FUZZ_TARGETS),$(eval $(call fuzz_target,$(t))))
