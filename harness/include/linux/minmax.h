/* SPDX-License-Identifier: GPL-2.0 */
/* model: min() and max() evaluate once; that both sides have one type is not checked. */
#ifndef HARNESS_LINUX_MINMAX_H
#define HARNESS_LINUX_MINMAX_H

#define min(a, b)	({ __auto_type a_ = (a); __auto_type b_ = (b); a_ < b_ ? a_ : b_; })
#define max(a, b)	({ __auto_type a_ = (a); __auto_type b_ = (b); a_ > b_ ? a_ : b_; })
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define swap(a, b)	({ __auto_type a_ = (a); (a) = (b); (b) = a_; })
#define max_t(type, a, b)	max((type)(a), (type)(b))

#endif /* HARNESS_LINUX_MINMAX_H */
