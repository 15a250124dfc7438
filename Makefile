# Two commands: `make demo` runs the main job, `make test` runs everything that must hold.
#   make demo ARGS="--json --residents 200"    hand flags on to `mynumber demo`
#   make check                                 the fast subset of `make test`
#   make lock                                  renew requirements/*.txt and crates.lock (needs uv and cargo)
#   make trouble                               200 random kills while exchanges are in flight (some minutes)
#   make mutants                               1,000 changes of the law: which do the sentences notice? (two minutes)
#   make accelerator                           build the optional native kernel of the group into .venv (needs cargo)
.PHONY: demo accelerator test check lint lock law trouble mutants

PY := .venv/bin/python
# A cargo of rustup looks for its toolchains in HOME; where HOME is another one, they lie beside cargo itself.
rustup := $(wildcard $(dir $(shell command -v cargo))../../.rustup)
ifneq ($(rustup),)
export RUSTUP_HOME ?= $(abspath $(rustup))
endif

demo:
	@tools/setup.sh runtime
	@.venv/bin/mynumber demo $(ARGS)

accelerator:
	@tools/setup.sh accelerator
	@.venv/bin/mynumber --version

lint:
	@tools/setup.sh test
	@tools/crates.sh
	cargo fmt --check --manifest-path accelerator/Cargo.toml
	CARGO_TARGET_DIR=.venv/cargo cargo clippy --quiet --release --locked --manifest-path accelerator/Cargo.toml
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	$(PY) -m tests.house.contracts lint

check: lint
	$(PY) -m pytest -q -n 2 --dist loadfile tests --ignore=tests/town

test: lint
	$(PY) -m pytest -q -n 2 --dist loadfile --junitxml=.reports/rooms.xml tests --ignore=tests/town
	$(PY) -m pytest -q --junitxml=.reports/town.xml tests/town
	$(PY) -m tests.house.promises .reports/rooms.xml .reports/town.xml

trouble:
	@tools/setup.sh test
	MYNUMBER_KILLS=200 $(PY) -m pytest -q tests/town/test_trouble_kills.py

law:
	$(PY) tools/build_law.py

mutants:
	@tools/setup.sh test
	$(PY) -m tools.mutants

lock:
	tools/lock.sh
