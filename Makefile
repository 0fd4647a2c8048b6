# SPDX-License-Identifier: Apache-2.0
# `make help` lists the targets. Everything that is built goes to $(BUILD); nothing is written
# next to a source file.

VERSION  := 0.1.0
BUILD    ?= build
CC       ?= gcc
CLANG    ?= clang
PREFIX   ?= /usr/local
V        ?= 0
SANITIZE ?= 0

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-8s %s\n' $(1) $(2))

PACKAGES := libbpf libmnl libcyaml yaml-0.1 jansson libxxhash liburing mxml libarchive libseccomp
PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PKG_LIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

comma   := ,
OPT     := $(if $(filter 1,$(SANITIZE)),-O1 -fno-omit-frame-pointer -fsanitize=address$(comma)undefined -fno-sanitize-recover=undefined,-O2)
CFLAGS  += -std=gnu11 -g $(OPT) -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes \
           -Wmissing-prototypes -Wformat=2 -Wno-format-nonliteral -D_GNU_SOURCE -pthread -fPIE
CPPFLAGS += -Iharness -Ibpf -DWAYPOST_VERSION=$(VERSION) $(PKG_CFLAGS)
LDFLAGS += -pthread -pie $(if $(filter 1,$(SANITIZE)),-fsanitize=address$(comma)undefined)
LDLIBS  += $(PKG_LIBS)

# The programs are compiled for the kernel, whichever machine runs the compiler. The triple with
# the vendor in it matters: clang 14 crashes on `-target bpf` with coverage instrumentation.
KERNEL_HEADERS := $(patsubst %/asm/types.h,-isystem %,$(firstword $(wildcard /usr/include/*/asm/types.h)))
BPF_CFLAGS := -target bpfel-unknown-linux -O2 -g -Wall -Wextra -Werror -Wno-unused-parameter \
              -Ibpf $(KERNEL_HEADERS)

ROOMS    := common packet confine topology place net cgroup objects maps probe lab agent bundle field report select run unit forge vm serve show play cli check
SOURCES  := $(sort $(foreach r,$(ROOMS),$(wildcard harness/$(r)/*.c)))
OBJECTS  := $(SOURCES:%.c=$(BUILD)/obj/%.o)
MAIN_OBJ := $(BUILD)/obj/harness/cli/main.o
CHECK_OBJ := $(BUILD)/obj/harness/check/main.o
TOOL_OBJ := $(BUILD)/obj/harness/cli/capture_tool.o
CAPTURE  := $(BUILD)/waypost-capture
LIBRARY  := $(BUILD)/libwaypost.a
WAYPOST  := $(BUILD)/waypost

BPF_SOURCES := $(sort $(wildcard bpf/datapath/*.bpf.c bpf/witness/*.bpf.c bpf/other/*.bpf.c))
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=$(BUILD)/bpf/%.bpf.o)

# The suite's own programs with a bug in them: build/planted/NAME/cgroup_connect4.bpf.o
PLANTED := $(foreach n,port tlv index dns,$(BUILD)/planted/$(n)/cgroup_connect4.bpf.o)

# Unit tests of single programs: build/unit/NAME.o from bpf/unit/NAME.bpf.c
UNIT_SOURCES := $(sort $(wildcard bpf/unit/*.bpf.c))
UNIT_OBJECTS := $(UNIT_SOURCES:bpf/unit/%.bpf.c=$(BUILD)/unit/%.o)

TEST_SOURCES := $(sort $(wildcard harness/*/tests/*_test.c))
TESTS        := $(patsubst harness/%.c,$(BUILD)/test/%,$(subst /tests/,-,$(TEST_SOURCES)))
TEST_OBJECTS := $(TEST_SOURCES:%.c=$(BUILD)/obj/%.o)
FUZZ_SOURCES := $(sort $(wildcard harness/*/fuzz/*_fuzz.c))
FUZZERS      := $(patsubst harness/%.c,$(BUILD)/fuzz/%,$(subst /fuzz/,-,$(FUZZ_SOURCES)))
FUZZ_SECONDS ?= 60
FUZZ_CC      ?= $(if $(filter ccache,$(CC)),ccache )$(CLANG)

# What waypost-capture is linked with. A compiler that does not find a library prints its bare name.
CAPTURE_LIBS    := archive zstd bpf elf z jansson xxhash seccomp
CAPTURE_MISSING := $(strip $(foreach l,$(CAPTURE_LIBS) c,\
	$(if $(filter /%,$(shell $(CC) -print-file-name=lib$(l).a)),,lib$(l).a)))
# Sanitizers cannot be linked statically.
CAPTURE_HERE    := $(if $(CAPTURE_MISSING)$(filter 1,$(SANITIZE)),,$(CAPTURE))

.PHONY: all
all: $(WAYPOST) $(BPF_OBJECTS) $(PLANTED) $(CAPTURE_HERE) ## build the harness and the programs

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Changed flags or another compiler build everything anew; unchanged ones touch nothing.
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(CLANG) $(BPF_CFLAGS)' | cmp -s - $@ || \
	 echo '$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) $(CLANG) $(BPF_CFLAGS)' > $@
FORCE:

$(LIBRARY): $(filter-out $(MAIN_OBJ) $(TOOL_OBJ) $(CHECK_OBJ),$(OBJECTS))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

# The suites start waypost thousands of times, and the dynamic linker took nine tenths of a start: only libc
# and libmnl (of which there is no archive) are shared. With SANITIZE=1 and where an archive is missing or
# wants libraries that are not there, everything is.
STATIC_LIBS := cyaml yaml jansson xxhash uring mxml archive seccomp zstd bpf elf z
STARTS_FAST := -no-pie -pthread -Wl,--gc-sections -Wl,-z,lazy
STARTS_LIBS := -Wl,-Bstatic $(STATIC_LIBS:%=-l%) -Wl,-Bdynamic -lmnl

$(WAYPOST): $(MAIN_OBJ) $(LIBRARY)
	$(call say,LINK,$@)
	$(Q)$(if $(filter 1,$(SANITIZE)),,$(CC) $(STARTS_FAST) -o $@ $^ $(STARTS_LIBS) 2>$@.log ||) \
	    $(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# One file without anything shared, for a node where nothing can be installed.
.PHONY: capture-static
capture-static: capture-libraries $(CAPTURE) ## build waypost-capture, linked statically

.PHONY: capture-libraries
capture-libraries:
	$(Q)missing='$(CAPTURE_MISSING)'; [ -z "$$missing" ] || \
	    { echo "cannot link waypost-capture statically: there is no $$missing (./run.sh setup suite" \
	        "installs the libraries)" >&2; exit 1; }

$(CAPTURE): $(TOOL_OBJ) $(LIBRARY) | capture-libraries
	$(call say,LINK,$@)
	$(Q)$(CC) -pthread -static -Wl,--gc-sections -o $@ $^ $(CAPTURE_LIBS:%=-l%)

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/unit/%.o: bpf/unit/%.bpf.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF,$<)
	$(Q)$(CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/planted/%/cgroup_connect4.bpf.o: bpf/planted/%.sed bpf/planted/plant.sh $(wildcard bpf/datapath/*) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,BPF,$@)
	$(Q)bpf/planted/plant.sh $* $(@D) $(CLANG) $(filter-out -Ibpf,$(BPF_CFLAGS))

# All programs of the suite in build/planted/NAME, with one of the bugs of bpf/planted in them.
$(BUILD)/planted/%/all: bpf/planted/%.sed bpf/planted/plant.sh $(BPF_OBJECTS)
	@mkdir -p $(@D)
	$(Q)cp $(filter $(BUILD)/bpf/datapath/%,$(BPF_OBJECTS)) $(@D)
	$(Q)bpf/planted/plant.sh $* $(@D) $(CLANG) $(filter-out -Ibpf,$(BPF_CFLAGS))
	@touch $@

.PHONY: planted
planted: all ## run the suite on programs with a bug in them, each to be caught: BUGS="cache-deny …"
	$(Q)harness/check/planted.sh $(BUILD) $(BUGS)

# One program of somebody's, as the suite's own are compiled: `run.sh suite --plant`.
.PHONY: planted-object
planted-object:
	$(Q)$(CLANG) $(BPF_CFLAGS) -iquote bpf/datapath -c -o $(PLANTED_OBJECT) $(PLANT)

.PHONY: unit
unit: $(WAYPOST) $(UNIT_OBJECTS) ## build the unit tests of single programs

# build/test/ROOM-NAME_test from harness/ROOM/tests/NAME_test.c
define test_rule
$(BUILD)/test/$(1)-$(2): $(BUILD)/obj/harness/$(1)/tests/$(2).o $(LIBRARY)
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(LDFLAGS) -o $$@ $$^ $$(LDLIBS) -lcmocka
endef
$(foreach t,$(TEST_SOURCES),$(eval $(call test_rule,$(word 2,$(subst /, ,$(t))),$(basename $(notdir $(t))))))

# The programs of the C tests: build/test/bpf/ROOM/NAME.bpf.o from harness/ROOM/tests/bpf/NAME.bpf.c
TEST_BPF_SOURCES := $(sort $(wildcard harness/*/tests/bpf/*.bpf.c))
TEST_BPF_OBJECTS := $(patsubst harness/%.bpf.c,$(BUILD)/test/bpf/%.bpf.o,$(subst /tests/bpf/,/,$(TEST_BPF_SOURCES)))

define test_bpf_rule
$(BUILD)/test/bpf/$(1)/$(2).bpf.o: harness/$(1)/tests/bpf/$(2).bpf.c $(BUILD)/flags
	@mkdir -p $$(@D)
	$$(call say,BPF,$$<)
	$$(Q)$$(CLANG) $$(BPF_CFLAGS) -MMD -MP -c -o $$@ $$<
endef
$(foreach s,$(TEST_BPF_SOURCES),$(eval $(call test_bpf_rule,$(word 2,$(subst /, ,$(s))),$(basename $(basename $(notdir $(s)))))))

# The tests read them when they run.
$(TESTS): | $(TEST_BPF_OBJECTS) $(BPF_OBJECTS)
-include $(TEST_BPF_OBJECTS:.o=.d)

# The first process of a virtual machine: alone there, hence static.
VM_INIT := $(BUILD)/vm/init

$(VM_INIT): harness/vm/guest/init.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(filter-out -fPIE,$(CFLAGS)) -O2 -static -s -o $@ $<

.PHONY: vm-guest
vm-guest: $(VM_INIT) $(WAYPOST)
	@:

.PHONY: unit-tests
unit-tests: $(TESTS)

.PHONY: test-c
test-c: $(TESTS) ## run the C unit tests (no root)
	$(Q)for t in $(TESTS); do CMOCKA_MESSAGE_OUTPUT=STDOUT $$t || exit 1; done

# The fuzzers are built apart: every object once, with the sanitizers and the coverage hooks, and each fuzzer
# linked from those that it reaches. build/fuzz/ROOM-NAME_fuzz from harness/ROOM/fuzz/NAME_fuzz.c
FUZZ_FLAGS   := -fsanitize=fuzzer-no-link$(comma)address$(comma)undefined -fno-sanitize-recover=undefined
FUZZ_OBJECTS := $(SOURCES:%.c=$(BUILD)/fuzz/obj/%.o) $(FUZZ_SOURCES:%.c=$(BUILD)/fuzz/obj/%.o)
FUZZ_LIBRARY := $(BUILD)/fuzz/libwaypost.a

$(BUILD)/fuzz/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CLANG,$<)
	$(Q)$(FUZZ_CC) $(CPPFLAGS) -std=gnu11 -g -O1 -D_GNU_SOURCE -pthread $(FUZZ_FLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_LIBRARY): $(filter-out %/cli/main.o %/cli/capture_tool.o %/check/main.o,$(SOURCES:%.c=$(BUILD)/fuzz/obj/%.o))
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcs $@ $^

define fuzz_rule
$(BUILD)/fuzz/$(1)-$(2): $(BUILD)/fuzz/obj/harness/$(1)/fuzz/$(2).o $(FUZZ_LIBRARY)
	$$(call say,FUZZ,$$@)
	$$(Q)$(CLANG) -fsanitize=fuzzer,address,undefined -pthread -o $$@ $$^ $$(LDLIBS)
endef
$(foreach t,$(FUZZ_SOURCES),$(eval $(call fuzz_rule,$(word 2,$(subst /, ,$(t))),$(basename $(notdir $(t))))))

.PHONY: fuzzers
fuzzers: $(FUZZERS) $(HOSTILE)

# Whole files through the readers, and agent-request's promises; no fuzzer itself.
HOSTILE         := $(BUILD)/fuzz/hostile
HOSTILE_OBJECTS := $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,$(wildcard harness/cli/fuzz/hostile*.c) \
                   harness/agent/fuzz/request_fuzz.c)

$(HOSTILE): $(HOSTILE_OBJECTS) $(FUZZ_LIBRARY)
	$(call say,FUZZ,$@)
	$(Q)$(CLANG) -fsanitize=address,undefined -pthread -o $@ $^ $(LDLIBS)

.PHONY: hostile
hostile: $(HOSTILE) $(BPF_OBJECTS) $(UNIT_OBJECTS) ## read 1,600 hostile inputs, always the same, with sanitizers
	$(Q)$(HOSTILE) $(BUILD)

# FUZZ="report-tap vm-kernels": only these.
FUZZ       ?=
FUZZ_THESE := $(if $(FUZZ),$(FUZZ:%=$(BUILD)/fuzz/%_fuzz),$(FUZZERS))

.PHONY: print-fuzzers
print-fuzzers:
	@printf '%s\n' $(patsubst $(BUILD)/fuzz/%_fuzz,%,$(FUZZERS))

.PHONY: fuzz
fuzz: $(FUZZ_THESE) ## run every fuzzer for FUZZ_SECONDS (60)
	$(Q)harness/check/fuzz.sh run $(BUILD) $(FUZZ_SECONDS) $(FUZZ_THESE)

.PHONY: fuzz-merge
fuzz-merge: $(FUZZ_THESE) ## add to the seeds what the fuzzers found since
	$(Q)harness/check/fuzz.sh merge $(BUILD) $(FUZZ_THESE)

.PHONY: test
test: ## everything: lint, C unit tests, suites (needs root)
	$(Q)./run.sh test

.PHONY: check
check: ## lint: clang-format, clang-tidy, shellcheck, house rules
	$(Q)BUILD=$(BUILD) ./harness/check/check.sh

# What holds the rooms' table and finds circles; it reads the objects of every room.
CHECK_ROOMS := $(BUILD)/check-rooms

$(CHECK_ROOMS): $(CHECK_OBJ) $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

.PHONY: check-rooms
check-rooms: $(CHECK_ROOMS) $(OBJECTS) $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard harness/bench/*.c))

.PHONY: print-flags
print-flags:
	@echo '$(CPPFLAGS) $(CFLAGS)'

BENCH_LAB := $(BUILD)/bench/lab

$(BENCH_LAB): $(BUILD)/obj/harness/bench/lab.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

BENCH_LARGE := $(BUILD)/bench/large

$(BENCH_LARGE): $(BUILD)/obj/harness/bench/large.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

BENCH_SUITE := $(BUILD)/bench/suite

$(BENCH_SUITE): $(BUILD)/obj/harness/bench/suite.o $(BUILD)/obj/harness/bench/forks.o $(LIBRARY)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

-include $(BUILD)/obj/harness/bench/lab.d $(BUILD)/obj/harness/bench/large.d $(BUILD)/obj/harness/bench/suite.d $(BUILD)/obj/harness/bench/forks.d

.PHONY: bench-lab
bench-lab: $(BENCH_LAB) ## time a lab's network against ip -batch (needs root)
	$(Q)BUILD=$(BUILD) ./harness/bench/lab.sh

.PHONY: bench-large
bench-large: all $(BENCH_LARGE) ## time 10,000 pods against as many bare namespaces (needs root)
	$(Q)BUILD=$(BUILD) ./harness/bench/lab.sh $(BENCH_LARGE) $(WAYPOST) $(PODS)

.PHONY: bench-suite
bench-suite: all $(BENCH_SUITE) ## what a test costs, against an empty one (needs root)
	$(Q)$(BENCH_SUITE) $(PATTERN)

.PHONY: install
install: all ## install below PREFIX (/usr/local)
	install -D -m 755 $(WAYPOST) $(DESTDIR)$(PREFIX)/bin/waypost
	$(foreach o,$(BPF_OBJECTS),install -D -m 644 $(o) $(DESTDIR)$(PREFIX)/lib/waypost/$(o:$(BUILD)/%=%) && ) true

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD)

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | while IFS='	' read -r t d; do printf '  make %-10s %s\n' "$$t" "$$d"; done

-include $(OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d) $(BPF_OBJECTS:.o=.d) $(UNIT_OBJECTS:.o=.d) $(FUZZ_OBJECTS:.o=.d) $(HOSTILE_OBJECTS:.o=.d)
