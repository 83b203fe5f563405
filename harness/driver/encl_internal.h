/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the fake driver know of each other. */
#ifndef HARNESS_ENCL_INTERNAL_H
#define HARNESS_ENCL_INTERNAL_H

#include "encl.h"
#include "encls.h"

/* encl.c */
struct sgx_encl_page *harness_encl_page_new(struct sgx_encl *encl, unsigned long index);
struct sgx_va_page *harness_encl_grow(struct sgx_encl *encl, bool reclaim);
void harness_encl_shrink(struct sgx_encl *encl, struct sgx_va_page *va_page);
int harness_encl_insert(struct sgx_encl *encl, struct sgx_encl_page *entry,
			struct sgx_epc_page *page, struct sgx_va_page *va_page,
			enum harness_leaf leaf);

/* backing.c */
struct file *harness_file_new(void *private, int (*mmap)(struct file *file,
							  struct vm_area_struct *vma),
			      void (*release)(struct file *file));
struct file *harness_backing_new(void);
int harness_backing_read(struct file *file, unsigned long index, u64 *contents);
void harness_backing_drop(struct file *file, unsigned long index);

#endif /* HARNESS_ENCL_INTERNAL_H */
