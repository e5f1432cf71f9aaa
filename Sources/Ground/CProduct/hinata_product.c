// SPDX-License-Identifier: Apache-2.0
#include "hinata_product.h"

#ifndef HINATA_BUILD
#define HINATA_BUILD ""
#endif

const char *hinata_build(void) { return HINATA_BUILD; }
