# The two commands of the README: `make demo` (or `make run`, without end) and `make test`.
DATA ?= $(wildcard ../shared/data/homes-hourly/home-01.csv)
DAYS ?= 1
SEEDS ?= 200
# A folder of home-01.csv …, or with DATA=file.csv that file for the first home.
STREET = $(if $(filter command line,$(origin DATA)),$(DATA),$(wildcard ../shared/data/homes-hourly))
SWIFT_BUILD = swift build --quiet
PACKAGES = libssl-dev libsqlite3-dev libsodium-dev libqrencode-dev zlib1g-dev libmosquitto-dev pkg-config python3-venv iproute2 \
  curl chromium chromium-driver fonts-noto-cjk wrk mosquitto mosquitto-clients patchelf dpkg-dev debootstrap systemd-container

.PHONY: run demo test bench sim fuzz deb try-deb format lint packages build

run: build ## a street of six homes that runs until Ctrl-C
	.build/debug/hinata street $(if $(STREET),--data $(STREET))

demo: build ## one day (DAYS=n, DATA=file.csv), sums at the end
	.build/debug/hinata demo --days $(DAYS) $(if $(DATA),--data $(DATA))

build: packages
	$(SWIFT_BUILD)

test: packages lint ## everything
	$(SWIFT_BUILD) --build-tests
	swift test --skip-build

bench: packages ## figures as ratios to limits measured in the same run; ONLY=home-node for one of them
	for p in hinata-bench hinatad hinata-house; do $(SWIFT_BUILD) -c release --product $$p || exit 1; done
	.build/release/hinata-bench $(ONLY)

sim: packages ## SEEDS (200) short simulated networks, hostile peers included
	$(SWIFT_BUILD) -c release --product hinata-sim
	.build/release/hinata-sim --nodes 8 --days 0.3 --seed 1 --seeds $(SEEDS) > .build/sim.log || { grep -v good .build/sim.log; exit 1; }
	@tail -n 1 .build/sim.log

fuzz: packages ## a minute of libFuzzer on every decoder of foreign bytes
	Tests/Fuzz/run

deb: packages ## .build/hinata_VERSION_ARCH.deb; CONFIGURATION=debug takes a debug build
	Packaging/build-deb

try-deb: packages ## installs the package into a clean Debian that systemd boots, and tries it there
	Packaging/try-deb

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

packages: ## installs what the system lacks
	@missing=; for p in $(PACKAGES); do dpkg -s $$p 2>/dev/null | grep -q "^Status: install ok" || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing$$missing"; \
	  sudo=; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  $$sudo apt-get update -qq && $$sudo apt-get install -y -qq $$missing >/dev/null; fi
