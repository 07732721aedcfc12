# The commands of the README. Each installs what is missing with apt (scripts/setup), builds and runs.
.PHONY: all setup build demo test unit vm faults bench fuzz soak format clean manifests image-test test-kube mutants
BUILD := build/release
AGENT := $(BUILD)/cmd/discovery-client
NICE  := nice -n 5
# For ccache, objects are the same in every clone and in the image's build stage: relative names, one locale.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export LANG := C.UTF-8

all: build

setup:
	@scripts/setup

# What ships: the binary, and the tests of the same build.
build: setup
	@test -f $(BUILD)/build.ninja || cmake --preset release >/dev/null
	@$(NICE) cmake --build --preset release

# A virtual machine with Debian's kernel, a target in it, the agent, and what people see. Under two minutes.
demo:
	@scripts/setup scripts/packages.txt tests/vm/packages.txt
	@test -f $(BUILD)/build.ninja || cmake --preset release >/dev/null
	@$(NICE) cmake --build --preset release --target discovery-client
	@tests/vm/demo --agent $(AGENT)

# Everything that has to be green: unit, integration, manifests, sanitizers, 10 s of each fuzz target, real kernels, a real cluster.
test: setup
	@scripts/test

# Only the quick part of it.
unit: build
	@ctest --preset release

vm: build
	@tests/vm/all --agent $(AGENT)

# Every fault of docs/faults.md in every phase, on both kernels. An hour; FAULTS="swallow reboot:log" for some.
FAULTS ?=
faults: build
	@nice -n 10 tests/vm/faults/run --kernel 6.1 --agent $(AGENT) $(FAULTS)
	@nice -n 10 tests/vm/faults/run --kernel 6.12 --agent $(AGENT) $(FAULTS)

# DESIGN.md's budgets, growth and CPU instructions: figures, no verdict on this machine's noise. BENCH="scale": that part only.
bench: build
	@scripts/setup tests/bench/packages.txt
	@scripts/bench $(BENCH)

# Can the tests fail? Each small wrong change of tests/mutants must turn one red.
mutants: setup
	@scripts/mutants

# Each fuzz target for FUZZ_SECONDS.
FUZZ_SECONDS ?= 300
fuzz: setup
	@scripts/fuzz $(FUZZ_SECONDS)

# Random faults and changes around the agent on a real kernel, for SOAK_MINUTES, with a checker; SOAK_SEED repeats a run.
SOAK_MINUTES ?= 20
SOAK_KERNEL ?= 6.1
soak: build
	@$(NICE) tests/vm/soak --agent $(AGENT) --minutes $(SOAK_MINUTES) --kernel $(SOAK_KERNEL) $(if $(SOAK_SEED),--seed $(SOAK_SEED))

# Kubernetes without a cluster: overlays, schemas, alerts, a real Prometheus. After a change: scripts/render-manifests.
manifests: build
	@tests/kube/check-manifests

# The image, built without a container engine where there is none, and its binary run.
image-test:
	@tests/kube/image-test

# A real cluster (KUBE_RIG, ../shared/kube), the image, the default overlay; "SKIPPED kube" without one.
test-kube:
	@tests/kube/test-kube

format:
	@clang-format-19 -i $$(git ls-files '*.h' '*.cc')

clean:
	@rm -rf build
