# SPDX-License-Identifier: Apache-2.0
"""pychonet (PyPI) as a controller of its own: for the scripts beside this file."""

import asyncio

from pychonet import ECHONETAPIClient
from pychonet.lib.udpserver import UDPServer


async def discovered(own, node):
    """A client on the address OWN that has discovered NODE."""
    udp = UDPServer(local_ip=own)
    udp.run(own, 3610, loop=asyncio.get_running_loop())
    client = ECHONETAPIClient(server=udp)
    await client.discover(node)
    for _ in range(200):
        if "discovered" in client._state.get(node, {}):
            break
        await asyncio.sleep(0.05)
    return client
