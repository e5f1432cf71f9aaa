# SPDX-License-Identifier: Apache-2.0
"""pychonet (PyPI) discovers hinata-house and reads every device class; prints JSON.

Usage: pychonet_reads_house.py OWN_ADDRESS HOUSE_ADDRESS
"""

import asyncio
import json
import sys

from pychonet import Factory

from foreign_controller import discovered

# What to read of each class, beside what pychonet reads at discovery.
WANTED = {
    (0x02, 0x88): [0xE0, 0xE1, 0xE3, 0xE7, 0xD3, 0xD7],
    (0x02, 0x79): [0xE0, 0xE1],
    (0x02, 0x7D): [0xA8, 0xA9, 0xE4, 0xD3],
    (0x02, 0x7E): [0xD3, 0xC7],
    (0x02, 0xA1): [0xD3, 0xCC],
    (0x02, 0x87): [0xC0, 0xC2],
    (0x02, 0x6B): [0xB0, 0xE1],
    (0x02, 0x7C): [0xC4, 0xC5],
    (0x02, 0xA5): [0xE0, 0xE3],
    (0x02, 0x8A): [0xD3, 0xE6],
}


async def main(own, house):
    client = await discovered(own, house)
    state = client._state[house]["instances"]
    result = {}
    for group, code in [(g, c) for g in state for c in state[g]]:
        if (group, code) not in WANTED:
            continue
        instance = sorted(state[group][code])[0]
        await client.getAllPropertyMaps(house, group, code, instance)
        raw = {}
        for epc in WANTED[(group, code)]:
            await client.echonetMessage(house, group, code, instance, 0x62, [{"EPC": epc}])
            data = client._state[house]["instances"][group][code][instance].get(epc)
            raw[f"{epc:02x}"] = data.hex() if isinstance(data, (bytes, bytearray)) else str(data)
        device = Factory(house, client, group, code, instance)
        decoded = {}
        for epc in WANTED[(group, code)]:
            try:
                decoded[f"{epc:02x}"] = await device.update([epc])
            except (IndexError, TypeError, KeyError) as error:
                # pychonet's own decoder fails on some properties; the raw bytes still count.
                decoded[f"{epc:02x}"] = f"pychonet: {error!r}"
        result[f"{group:02x}{code:02x}"] = {
            "class": type(device).__name__,
            "raw": raw,
            "decoded": json.loads(json.dumps(decoded, default=str)),
        }
    print(json.dumps(result))


asyncio.run(main(sys.argv[1], sys.argv[2]))
