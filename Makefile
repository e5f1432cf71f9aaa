# `make run` starts a street, `make check` is the loop of who changes something, `make test` is everything.
DATA ?= $(wildcard ../shared/data/homes-hourly/home-01.csv)
DAYS ?= 1
SEEDS ?= 200
# A folder of home-01.csv …, or with DATA=file.csv that file for the first home.
STREET = $(if $(filter command line,$(origin DATA)),$(DATA),$(wildcard ../shared/data/homes-hourly))
# What the libraries of the build need, and what else each step runs.
LIBRARIES = libssl-dev libsqlite3-dev libsodium-dev libqrencode-dev zlib1g-dev libmosquitto-dev pkg-config
STORIES = python3-venv iproute2 curl chromium chromium-driver fonts-noto-cjk mosquitto mosquitto-clients \
  prometheus
BENCHES = wrk python3-venv
PACKAGING = patchelf dpkg-dev debhelper lintian python3
CONTAINER = debootstrap systemd-container
BUILD = Packaging/build-with-progress
# Pure, and long: whole simulated networks, a year of measured homes, ten thousand random ones, sets of approvers.
SLOW = SimulationTests TruthChecksTests RandomHouseTests ApprovalTallyTests/model

.PHONY: help run demo core check test unit stories bench sim fuzz deb try-deb format lint build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## a street of six homes that runs until Ctrl-C
	.build/debug/hinata street $(if $(STREET),--data $(STREET))

demo: build ## one day (DAYS=n, DATA=file.csv), sums at the end
	.build/debug/hinata demo --days $(DAYS) $(if $(DATA),--data $(DATA))

build: libraries
	$(BUILD)

core: ## the pure modules and their tests alone, in a build of their own; no packages
	@Packaging/install libssl-dev libsodium-dev pkg-config
	HINATA_SCOPE=core $(BUILD) --scratch-path .build-core --build-tests
	HINATA_SCOPE=core swift test --scratch-path .build-core --skip-build --quiet $(SLOW:%=--skip %)
	@echo "left out: $(SLOW), which make check runs, and all that is not pure"

check: libraries lint unit ## formatter, build, every test but the stories of real processes
	@echo "left out: the stories of real processes (make stories); sim, fuzz, deb and try-deb, which CI runs too"

test: lint unit stories ## everything: formatter, build, unit tests, stories

unit: libraries
	$(BUILD) --build-tests
	swift test --skip-build --skip ScenarioTests

stories: libraries ## real processes, sockets, a browser and foreign clients, side by side
	@Packaging/install $(STORIES)
	$(BUILD) --build-tests
	swift test --skip-build --filter ScenarioTests

bench: libraries ## figures as ratios to limits measured in the same run; ONLY=home-node for one of them
	@Packaging/install $(BENCHES)
	for p in hinata-bench hinatad hinata-house; do $(BUILD) -c release --product $$p || exit 1; done
	.build/release/hinata-bench $(ONLY)

sim: libraries ## SEEDS (200) short simulated networks, hostile peers included
	$(BUILD) -c release --product hinata-sim
	.build/release/hinata-sim --nodes 8 --days 0.3 --seed 1 --seeds $(SEEDS) > .build/sim.log || { grep -v good .build/sim.log; exit 1; }
	@tail -n 1 .build/sim.log

fuzz: libraries ## a minute of libFuzzer on every decoder of foreign bytes
	Tests/Fuzz/run

deb: libraries ## .build/hinata_VERSION_ARCH.deb and hinata-tools; CONFIGURATION=debug takes a debug build
	@Packaging/install $(PACKAGING)
	Packaging/build-deb
	lintian --fail-on error --suppress-tags bogus-mail-host .build/hinata_*.deb .build/hinata-tools_*.deb

try-deb: ## installs the package into a clean Debian that systemd boots, and tries it there
	@Packaging/install $(CONTAINER)
	Packaging/try-deb

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

libraries:
	@Packaging/install $(LIBRARIES)
