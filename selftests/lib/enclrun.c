// SPDX-License-Identifier: GPL-2.0
/* Runs code inside enclaves, through the vDSO as every SGX runtime does. */
#include <elf.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

#include "encl.h"

int encl_vdso_call(void *enter_fn, struct encl_req *req, unsigned int function,
		   struct sgx_enclave_run *run);

static const void *dyn_entry(const char *vdso, const Elf64_Dyn *dyn,
			     Elf64_Sxword tag)
{
	for (; dyn->d_tag != DT_NULL; dyn++)
		if (dyn->d_tag == tag)
			return vdso + dyn->d_un.d_ptr;
	return NULL;
}

static const Elf64_Dyn *dyn_table(const char *vdso)
{
	const Elf64_Ehdr *ehdr = (const void *)vdso;
	const Elf64_Phdr *phdr = (const void *)(vdso + ehdr->e_phoff);
	int i;

	for (i = 0; i < ehdr->e_phnum; i++)
		if (phdr[i].p_type == PT_DYNAMIC)
			return (const void *)(vdso + phdr[i].p_offset);
	return NULL;
}

/* The hash table is only asked for the number of symbols. */
static void *vdso_symbol(const char *name)
{
	const char *vdso = (const char *)getauxval(AT_SYSINFO_EHDR);
	const Elf64_Dyn *dyn = vdso ? dyn_table(vdso) : NULL;
	const Elf64_Word *hash;
	const Elf64_Sym *sym;
	const char *str;
	Elf64_Word i;

	if (!dyn)
		return NULL;
	hash = dyn_entry(vdso, dyn, DT_HASH);
	sym = dyn_entry(vdso, dyn, DT_SYMTAB);
	str = dyn_entry(vdso, dyn, DT_STRTAB);
	if (!hash || !sym || !str)
		return NULL;
	for (i = 0; i < hash[1]; i++)
		if (!strcmp(str + sym[i].st_name, name))
			return (void *)(vdso + sym[i].st_value);
	return NULL;
}

/* Threads may race here: all of them find the same address. */
static void *enter_function(void)
{
	static _Atomic(void *) found;
	void *fn = atomic_load(&found);

	if (!fn) {
		fn = vdso_symbol("__vdso_sgx_enter_enclave");
		atomic_store(&found, fn);
	}
	return fn;
}

static uint64_t tcs_of(const struct encl *e, unsigned int thread)
{
	return e->base + (ENCL_CODE_PAGES + ENCL_THREAD_PAGES * thread) *
	       SGX_PAGE_SIZE;
}

static int exception(const struct encl *e, unsigned int thread,
		     const struct encl_req *req, const char *leaf)
{
	const struct sgx_enclave_run *run = &e->run[thread];

	return epc_fail(EFAULT,
			"%s on thread %u: request %lu stopped after %lu pages by exception %u, error code %#x, address %#lx (offset %#lx)",
			leaf, thread, req->op, req->done, run->exception_vector,
			run->exception_error_code,
			(unsigned long)run->exception_addr,
			(unsigned long)(run->exception_addr - e->base));
}

/* Also where a discarded thread comes out: the stack outside has to match. */
static int __attribute__((noinline))
enter(struct encl *e, unsigned int thread, struct encl_req *req,
      unsigned int leaf)
{
	struct sgx_enclave_run *run = &e->run[thread];
	void *fn = enter_function();

	if (!fn)
		return epc_fail(ENOSYS, "no __vdso_sgx_enter_enclave in the vDSO");
	memset(run, 0, sizeof(*run));
	run->tcs = tcs_of(e, thread);
	return encl_vdso_call(fn, req, leaf, run);
}

static int visit(struct encl *e, unsigned int thread, struct encl_req *req,
		 unsigned int leaf)
{
	const char *name = leaf == SGX_LEAF_EENTER ? "EENTER" : "ERESUME";
	int ret = enter(e, thread, req, leaf);

	if (ret)
		return epc_fail(-ret, "%s on thread %u", name, thread);
	if (e->run[thread].function != SGX_LEAF_EEXIT)
		return exception(e, thread, req, name);
	if (req->result)
		return epc_fail(EILSEQ, "request %lu at offset %#lx: result %#lx on page %lu of %lu",
				req->op, req->addr - e->base, req->result,
				req->done, req->nr);
	return 0;
}

int encl_call(struct encl *e, unsigned int thread, struct encl_req *req)
{
	req->done = 0;
	return visit(e, thread, req, SGX_LEAF_EENTER);
}

int encl_resume(struct encl *e, unsigned int thread, struct encl_req *req)
{
	return visit(e, thread, req, SGX_LEAF_ERESUME);
}

int encl_discard(struct encl *e, unsigned int thread)
{
	struct encl_req none = { .op = ENCL_OP_NOP };
	int ret;

	ret = visit(e, thread, &none, SGX_LEAF_EENTER);
	if (!ret)
		ret = visit(e, thread, &none, SGX_LEAF_ERESUME);
	return ret;
}

int encl_nop(struct encl *e)
{
	struct encl_req req = { .op = ENCL_OP_NOP };

	return encl_call(e, 0, &req);
}

int encl_get(struct encl *e, uint64_t off, uint64_t *value)
{
	struct encl_req req = { .op = ENCL_OP_GET, .addr = e->base + off };
	int ret;

	ret = encl_call(e, 0, &req);
	*value = req.value;
	return ret;
}

int encl_put(struct encl *e, uint64_t off, uint64_t value)
{
	struct encl_req req = {
		.op = ENCL_OP_PUT,
		.addr = e->base + off,
		.value = value,
	};

	return encl_call(e, 0, &req);
}

static uint64_t heap_addr(const struct encl *e, uint64_t page)
{
	return e->base + e->heap_off + page * SGX_PAGE_SIZE;
}

static int on_heap(struct encl *e, enum encl_op op, uint64_t first, uint64_t nr,
		   uint64_t seed, uint64_t value)
{
	struct encl_req req = {
		.op = op,
		.addr = heap_addr(e, first),
		.nr = nr,
		.stride = 1,
		.rounds = 1,
		.seed = seed,
		.value = value,
	};

	return encl_call(e, 0, &req);
}

int encl_fill(struct encl *e, uint64_t seed, uint64_t first, uint64_t nr)
{
	return on_heap(e, ENCL_OP_FILL, first, nr, seed, first);
}

int encl_verify(struct encl *e, uint64_t seed, uint64_t first, uint64_t nr)
{
	return on_heap(e, ENCL_OP_VERIFY, first, nr, seed, first);
}

int encl_touch(struct encl *e, uint64_t first, uint64_t nr)
{
	return on_heap(e, ENCL_OP_TOUCH, first, nr, 0, 0);
}

int encl_accept(struct encl *e, uint64_t first, uint64_t nr, uint64_t si_flags)
{
	return on_heap(e, ENCL_OP_ACCEPT, first, nr, 0, si_flags);
}

int encl_accept_new(struct encl *e, uint64_t first, uint64_t nr)
{
	return encl_accept(e, first, nr, SGX_SI_REG | SGX_SI_R | SGX_SI_W |
			   SGX_SI_PENDING);
}

int encl_extend(struct encl *e, uint64_t first, uint64_t nr, uint64_t perm)
{
	return on_heap(e, ENCL_OP_EXTEND, first, nr, 0, SGX_SI_REG | perm);
}

static void *worker_main(void *arg)
{
	struct encl_worker *w = arg;

	w->ret = encl_call(w->encl, w->thread, &w->req);
	if (w->ret)
		memcpy(w->why, epc_why(), sizeof(w->why));
	return NULL;
}

static int worker_start(struct encl_worker *w, struct encl *e,
			unsigned int thread)
{
	int ret;

	w->encl = e;
	w->thread = thread;
	w->ret = 0;
	ret = pthread_create(&w->tid, NULL, worker_main, w);
	return ret ? epc_fail(ret, "start thread %u", thread) : 0;
}

int encl_worker_spin(struct encl_worker *w, struct encl *e, unsigned int thread)
{
	w->req = (struct encl_req){ .op = ENCL_OP_SPIN };
	return worker_start(w, e, thread);
}

int encl_worker_touch(struct encl_worker *w, struct encl *e, unsigned int thread,
		      uint64_t first, uint64_t nr)
{
	w->req = (struct encl_req){
		.op = ENCL_OP_TOUCH,
		.addr = heap_addr(e, first),
		.nr = nr,
		.stride = 1,
	};
	return worker_start(w, e, thread);
}

int encl_worker_stop(struct encl_worker *w)
{
	w->req.stop = 1;
	pthread_join(w->tid, NULL);
	if (w->ret)
		epc_set_why(w->why);
	return w->ret;
}
