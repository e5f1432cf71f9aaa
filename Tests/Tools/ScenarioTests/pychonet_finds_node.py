# SPDX-License-Identifier: Apache-2.0
"""pychonet (PyPI) discovers a running node and reads its controller; prints JSON.

Usage: pychonet_finds_node.py OWN_ADDRESS NODE_ADDRESS
"""

import asyncio
import json
import sys

from foreign_controller import discovered


async def main(own, node):
    client = await discovered(own, node)
    state = client._state[node]["instances"]
    objects = [f"{g:02x}{c:02x}{i:02x}" for g in state for c in state[g] for i in state[g][c]]
    await client.getAllPropertyMaps(node, 0x05, 0xFF, 1)
    controller = state[0x05][0xFF][1]
    print(json.dumps({
        "objects": objects,
        "get": sorted(controller.get(0x9F, [])),
        "uid": client._state[node]["uid"],
    }))


asyncio.run(main(*sys.argv[1:]))
