# `make` alone lists the targets.
SWEEPS := Orchestrator/bin/Release/net10.0/sweeps
.DEFAULT_GOAL := help
.PHONY: autoencoders autoencoder-bench bridges api-fuzz api-load cluster-artifacts cluster-chaos cluster-demo help setup setup-tests build page-bench demo stdlib circuits recipe frontier search-comparison test schemas metrics-page metrics-cost bench public-comparison time-left first-hour scale cluster-scale efficiency chaos simulate cluster-slurm cluster-tls sanitize gpu-check format clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## install what is missing (cmake, g++, ninja, python3, nodejs, npm); silent when nothing is
	@bash ops/setup.sh

setup-tests: # what the tests need besides: numpy, jsonschema, and a PostgreSQL server, of which they start their own
	@bash ops/setup.sh tests

build: setup ## build everything in Release
	@dotnet build Sweeps.sln -c Release --nologo -v quiet

demo: setup ## set up, build, and run the demo sweep: train, prune, report (minutes)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@$(SWEEPS) run examples/demo.hocon

stdlib: setup ## train and prune on this machine's Python standard library (ten minutes to half an hour)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@PYTHON_STDLIB=$$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))') $(SWEEPS) run examples/stdlib.hocon

bridges: setup ## train a dense model and a sparse one with bridges to it, and change the one through the circuits of the other (50 minutes)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@$(SWEEPS) run examples/bridges.hocon

autoencoders: setup ## train sparse autoencoders of every kind in a dense and a sparse model, and circuits of their features (three quarters of an hour)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@for part in frontier dead no-remedy circuits; do $(SWEEPS) run examples/autoencoders/$$part.hocon || exit; done

circuits: setup ## train ten models and find circuits for all twenty tasks in each (up to three hours)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@$(SWEEPS) run examples/circuits.hocon

recipe: setup ## train variants of the recipe at five learning rates and three seeds each, and print docs/recipe.md's table (90 models, about an hour)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@for variant in before gradient embeddings biases script exponential; do $(SWEEPS) run examples/recipe/$$variant.hocon || exit; done
	@python3 examples/recipe/table.py runs

PIECES ?= 1 2 3 4
frontier: setup ## circuit size against pretraining loss, sparse against dense, in pieces of at most 90 minutes (PIECES="1 2" for some; goes on where it was stopped)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@mkdir -p runs; [ -e runs/frontier/journal.db ] || echo 1 > runs/frontier.piece; begun=$$(cat runs/frontier.piece 2>/dev/null || echo 1); \
	for piece in $(PIECES); do \
	  [ $$piece -ge $$begun ] || continue; echo $$piece > runs/frontier.piece; $(SWEEPS) run examples/frontier/$$piece.hocon --extend || exit; done

search-comparison: setup ## compare CARBS, random search and a warm start on real prunings, into docs/search (a quarter of an hour)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@for how in near-random near-carbs far-random far-carbs far-warm-brackets far-warm-sets; do $(SWEEPS) run examples/search-comparison/$$how.hocon || exit; done
	@$(SWEEPS) search compare runs/near-random runs/near-carbs --out docs/search/near
	@$(SWEEPS) search compare runs/far-random runs/far-carbs runs/far-warm-brackets runs/far-warm-sets --out docs/search/far

test: setup-tests ## set up, build, and run all tests
	@bash ops/test.sh

schemas: setup-tests ## write docs/schemas anew, from the records that are written
	@dotnet build Tests/Orchestrator.Tests/Orchestrator.Tests.csproj -c Release --nologo -v quiet
	@SWEEPS_WRITE_SCHEMAS=1 dotnet test Tests/Orchestrator.Tests -c Release --no-build --nologo --filter FullyQualifiedName~A_schema_is_that_of_the_record

metrics-page: setup-tests ## write docs/metrics.md and the dashboards of ops/grafana anew
	@dotnet build Tests/Orchestrator.Tests/Orchestrator.Tests.csproj -c Release --nologo -v quiet
	@SWEEPS_WRITE_METRICS=1 dotnet test Tests/Orchestrator.Tests -c Release --no-build --nologo --filter FullyQualifiedName~The_page_is_what_the_instruments_say
	@python3 ops/grafana/dashboards.py

bench: setup ## measure training, pruning and the orchestrator on this machine
	@dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet
	@dotnet Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll

autoencoder-bench: setup ## measure the training of sparse autoencoders against the same written plainly in TorchSharp, in turns
	@dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet
	@dotnet Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll --only autoencoder

page-bench: setup-tests ## measure the page: redraws of a large circuit, first paint, size, what watching costs the server, 100,000 trials (minutes; PART=draw|watch|large)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@$(if $(filter-out draw watch,$(PART))$(if $(PART),,all),dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet)
	@npm --prefix Orchestrator/Web/page run --silent bench -- --sweeps $(abspath $(SWEEPS)) \
	  --bench $(abspath Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll) $(if $(PART),--only $(PART))

time-left: setup ## run the demo anew in a folder of its own, and say how true its time left was at each tenth
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@rm -rf runs/time-left; $(SWEEPS) run examples/demo.hocon --dir runs/time-left --json | python3 Tests/Benchmarks/time_left.py

first-hour: setup-tests ## go through a newcomer's first hour, by the documentation alone
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/first-hour/first_hour.py

public-comparison: setup ## measure Sweeps against a clone of the public PyTorch implementation (PUBLIC=folder; PYTHON=one with torch), in turns
	@dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet
	@python3 Tests/Benchmarks/public/compare.py "$(PUBLIC)" $(if $(PYTHON),--python $(PYTHON))

TRIALS ?= 100000
scale: setup-tests ## measure how the orchestrator grows: sweeps of 1,000 to 100,000 trials (TRIALS=1000000 for more) on 1,000 simulated devices (minutes)
	@dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet
	@dotnet Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll --only scale --trials $(TRIALS)
	@bash ops/with-postgres.sh dotnet Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll --only scale --trials $(TRIALS) --store 'postgresql={connection}'

cluster-scale: setup-tests ## measure what a cluster costs: 1 to 32 device nodes of simulated devices, over real connections and PostgreSQL (minutes)
	@dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet
	@bash ops/with-postgres.sh dotnet Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll --only cluster --store 'postgresql={connection}' | grep -v '^\[INFO\]'

efficiency: setup-tests ## measure how much of their time 1 to 64 simulated devices work, and two real nodes on two cores (minutes)
	@dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet
	@dotnet Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll --only efficiency
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/cluster/efficiency.py

metrics-cost: setup ## measure what metrics cost: a scrape of 5,000 series, and sweeps with metrics on and off, in turns (minutes)
	@dotnet build Tests/Benchmarks/Benchmarks.csproj -c Release --nologo -v quiet
	@dotnet Tests/Benchmarks/bin/Release/net10.0/Sweeps.Benchmarks.dll --only metrics --runs 31

chaos: setup-tests ## kill, stop and starve the processes of a real sweep, on SQLite and PostgreSQL (minutes; STORE=sqlite|postgresql, SEED=N)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@for store in $(or $(STORE),sqlite postgresql); do python3 Tests/chaos/chaos.py --store $$store $(if $(SEED),--seed $(SEED)) || exit; done

cluster-chaos: setup-tests ## kill, stop and cut off nodes of a real cluster in network namespaces (root; 20 minutes; SEED=N, SCALE=0.1 for a small form, FOLDERS=own for nodes without a shared folder)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/cluster/chaos.py $(if $(SEED),--seed $(SEED)) $(if $(SCALE),--scale $(SCALE)) $(if $(FOLDERS),--folders $(FOLDERS))

SEEDS ?= 1000
FIRST ?= 1
simulate: setup ## simulate sweeps under faults from SEEDS seeds (from FIRST on), or replay one with SEED=N (and MUTATION=NoFence|NoSync|NoLease|NoRandomState)
	@dotnet build Tests/Simulator/Simulator.csproj -c Release --nologo -v quiet
	@dotnet Tests/Simulator/bin/Release/net10.0/Sweeps.Simulator.dll $(if $(SEED),--seed $(SEED) $(if $(MUTATION),--mutation $(MUTATION)),--seeds $(SEEDS) --first $(FIRST))

REQUESTS ?= 10000
api-fuzz: setup-tests ## send REQUESTS hostile requests to the HTTP API: no fault, no file outside, no command without the token (a minute)
	@dotnet build Tests/Orchestrator.Tests/Orchestrator.Tests.csproj -c Release --nologo -v quiet
	@SWEEPS_API_REQUESTS=$(REQUESTS) dotnet test Tests/Orchestrator.Tests -c Release --no-build --nologo --filter FullyQualifiedName~ApiFuzzTests

api-load: setup ## load the HTTP API of a running sweep for a minute: 200 streams of events that lose none, 500 requests a second
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/api/load.py --sweeps $(SWEEPS)

cluster-demo: setup-tests ## run the demo sweep on a cluster of five nodes on this machine, kill one of each kind, and compare the report (minutes)
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/cluster/demo.py $(if $(SWEEP),--sweep $(SWEEP))

cluster-slurm: setup-tests ## run a small sweep by the job files of ops/slurm, on a Slurm of one machine that preempts its jobs
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/cluster/slurm_sweep.py

cluster-artifacts: setup-tests ## kill nodes of a cluster whose device nodes have folders of their own, and compare the report
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/cluster/artifacts.py

cluster-tls: setup-tests ## make certificates, and see who joins a cluster with them and who does not
	@dotnet build Orchestrator/Orchestrator.csproj -c Release --nologo -v quiet
	@python3 Tests/cluster/tls.py

sanitize: setup ## run the native library's tests with the address, undefined-behaviour and thread sanitizers (minutes)
	@bash ops/sanitize.sh

gpu-check: ## compare what a device computes with what it should (DEVICE=cuda:0, or cpu; PYTHON=one with torch; builds nothing)
	@PYTHON="$(PYTHON)" bash ops/gpu-check.sh "$(or $(DEVICE),cuda:0)"

format: ## format the sources in C# and C++ (needs clang-format)
	@dotnet format Sweeps.sln --no-restore
	@find ModelCore/Native -name '*.cpp' -o -name '*.h' | xargs clang-format -i

clean: ## delete what the build made; runs/ is kept
	@find . -type d \( -name bin -o -name obj -o -name TestResults -o -name node_modules \) -not -path './.git/*' -prune -exec rm -rf {} +
