// SPDX-License-Identifier: Apache-2.0
#pragma once

/// What a package's build adds to the version, such as `+git20261128.a10d60a`; empty in a working tree.
const char *hinata_build(void);
