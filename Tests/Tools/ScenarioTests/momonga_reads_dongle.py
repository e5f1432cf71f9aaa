# SPDX-License-Identifier: Apache-2.0
"""momonga (PyPI), an independent client of Route B, reads the smart meter behind an emulated dongle; prints JSON.

Usage: momonga_reads_dongle.py PORT ID PASSWORD
"""

import datetime
import json
import sys

import momonga

port, rbid, password = sys.argv[1:4]
meter = momonga.Momonga(rbid, password, port)
# The pause that a radio needs between two requests; there is no radio here.
meter.internal_xmit_interval = 0.1
with meter:
    history = meter.get_historical_cumulative_energy_1(day=0)
    print(
        json.dumps(
            {
                "power": meter.get_instantaneous_power(),
                "current": meter.get_instantaneous_current(),
                "purchased": meter.get_measured_cumulative_energy(),
                "sold": meter.get_measured_cumulative_energy(reverse=True),
                "unit": meter.energy_unit,
                "coefficient": meter.energy_coefficient,
                "digits": meter.get_number_of_effective_digits_for_cumulative_energy(),
                "half_hour": meter.get_cumulative_energy_measured_at_fixed_time(),
                "history": len(history),
            },
            default=lambda value: value.isoformat() if isinstance(value, datetime.datetime) else str(value),
        )
    )
