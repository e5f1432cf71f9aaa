# SPDX-License-Identifier: Apache-2.0
"""Recomputes a chain from its network file and a chain file: every law, every root."""

import json
import sys

from recompute.chain import Ledger
from recompute.coding import Refused, check, same
from recompute.network import Network
from recompute.records import chain_file
from recompute.state import FINALITY, LOT, MEMBER, SITE, SUPPLY, Supply

KIND_NAMES = {1: "admit member", 2: "set standing", 3: "register site", 4: "report", 5: "mint", 6: "transfer",
              7: "retire", 8: "record final", 9: "contradiction", 10: "restart", 11: "set node key",
              12: "move edition", 13: "honour"}


def plain(value):
    """As JSON and people can read it."""
    if isinstance(value, bytes):
        return value.hex()
    return list(value) if isinstance(value, tuple) else value


def recompute(network_data, chain_data, progress):
    """The ledger after the last block. `progress` gets the height that is being worked on."""
    network = Network(network_data)
    ledger = Ledger(network)
    genesis, blocks = chain_file(chain_data)
    same("§6.2", "genesis", genesis, network.genesis)
    check(blocks, "§24.1", "there is no genesis block")
    progress.append(0)
    same("§6.3", "genesis block", blocks[0], ledger.genesis)
    for height, data in enumerate(blocks[1:], 1):
        progress.append(height)
        ledger.connect(data)
    return ledger


def summary(ledger):
    state, tip = ledger.state, ledger.headers[-1]
    supply, lots = state.get(SUPPLY) or Supply(), [lot for _, lot in state.of_kind(LOT)]
    result = {
        "network": ledger.network.id, "blocks": len(ledger.headers), "tip": tip.hash, "state root": state.root(),
        "work": ledger.work, "members": len(state.of_kind(MEMBER)), "sites": len(state.of_kind(SITE)),
        "generated Wh": supply.generated, "claimed Wh": supply.claimed, "minted mc": supply.minted,
        "balance mc": supply.balance, "retired mc": supply.retired,
        "lots in hand": sum(lot.ended is None for lot in lots),
        "lots retired": sum(lot.ended is not None for lot in lots),
    }
    if final := state.get(FINALITY):
        result |= {"final block": final.block, "final height": final.height, "final epoch": final.epoch,
                   "term": final.term}
    result["transactions"] = {KIND_NAMES[kind]: count for kind, count in ledger.counts.items() if count}
    return {name: plain(value) for name, value in result.items()}


def refusal(error, progress):
    result = {"block": progress[-1]} if progress else {}
    result |= getattr(error, "transaction", {})
    result |= {"law": error.law, "refused": error.what, "stated": error.stated, "computed": error.computed}
    return {name: plain(value) for name, value in result.items() if value is not None}


def show(result, as_json):
    if as_json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
        return
    for name, value in result.items():
        if isinstance(value, dict):
            value = ", ".join(f"{count} {kind}" for kind, count in value.items())
        print(f"{name:>14}  {value}")


def main(arguments):
    as_json = "--json" in arguments
    paths = [argument for argument in arguments if argument != "--json"]
    if len(paths) != 2 or any(path.startswith("-") for path in paths):
        print("use: python3 recompute.py NETWORK.json CHAINFILE [--json]", file=sys.stderr)
        return 2
    try:
        network_data, chain_data = (open(path, "rb").read() for path in paths)
    except OSError as error:
        print(error, file=sys.stderr)
        return 2
    progress = []
    try:
        show(summary(recompute(network_data, chain_data, progress)), as_json)
        return 0
    except Refused as error:
        show(refusal(error, progress), as_json)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
