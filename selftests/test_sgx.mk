# SPDX-License-Identifier: GPL-2.0
# The kernel's own SGX tests, from unmodified sources and outside their tree.
# Two headers are included ahead of main.c: CPUID as software SGX answers it,
# and the choice of single tests on the command line.

SRC	:= $(SOURCE)/tools/testing/selftests/sgx
CPUID	?= ../swsgx/include/swsgx-cpuid.h
CPPFLAGS := -I$(SOURCE)/tools/include
CFLAGS	:= -Wall -Werror -g -fPIC
ENCL_CFLAGS := -Wall -Werror -static -nostdlib -nostartfiles -fPIC \
	   -fno-stack-protector -mrdrnd

all: $(OUT)/test_sgx $(OUT)/test_encl.elf

$(OUT)/test_sgx: $(addprefix $(OUT)/,main.o load.o sigstruct.o call.o sign_key.o)
	$(CC) $(CFLAGS) -z noexecstack -o $@ $^ -lcrypto

$(OUT)/main.o: $(SRC)/main.c $(CPUID) lib/harness.h lib/patience.h
	$(CC) $(CPPFLAGS) -D_GNU_SOURCE $(CFLAGS) -I$(SRC)/.. -include $(CPUID) \
		-include lib/harness.h -c -o $@ $<

$(OUT)/%.o: $(SRC)/%.c
	$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# sign_key.S takes the key by its name from the current folder.
$(OUT)/%.o: $(SRC)/%.S
	cd $(SRC) && $(CC) $(CPPFLAGS) -c -o $@ $<

$(OUT)/test_encl.elf: $(addprefix $(SRC)/,test_encl.lds test_encl.c test_encl_bootstrap.S)
	$(CC) $(CPPFLAGS) $(ENCL_CFLAGS) -T $^ -o $@ -Wl,--build-id=none
