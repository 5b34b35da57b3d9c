using Sweeps.Search;

namespace Sweeps.Domain.Tests.Sweeps;

/// <summary>The open work that a sweep's state keeps is what its definition says, found anew from the results.</summary>
public class SweepAgendaTests
{
    [Fact]
    public void After_every_event_of_random_sweeps_the_kept_work_is_what_its_definition_gives()
    {
        var completed = 0;
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var random = new KeyedRandom(seed, "agenda");
            var state = Submitted(RandomSpec(random));
            HashSet<WorkItem> opened = [.. state.Open];
            while (state.Status == SweepStatus.Unfinished)
            {
                var open = state.Open.ToList();
                var events = Given.Accepts(SweepState.Decide(state, RandomEnd(state, open[random.Next(open.Count)], random)));
                foreach (var e in events)
                {
                    state = Apply(state, e);
                    Assert.All(state.OpenedBy(e), item => Assert.True(opened.Add(item), $"{item} became open twice"));
                }
                AssertMatchesDefinition(state, events);
                // All that is open has become open by some event, which is when the actor starts it.
                Assert.All(state.Open, item => Assert.Contains(item, opened));
            }
            completed += state.Stages.SetEquals(Enum.GetValues<SweepStage>().Where(state.Plan!.Spec.Has)) ? 1 : 0;
        }
        Assert.Equal(60, completed);
    }

    [Fact]
    public void After_every_event_of_random_sweeps_with_trials_opened_again_too_and_what_opens_is_told()
    {
        var reopened = 0;
        for (var seed = 1UL; seed <= 60; seed++)
        {
            var random = new KeyedRandom(seed, "reopened");
            var state = Submitted(RandomSpec(random));
            HashSet<WorkItem> started = [.. state.Open];
            for (var retries = 5; state.Status == SweepStatus.Unfinished || retries > 0;)
            {
                var open = state.Open.ToList();
                var retry = open.Count == 0 || random.Next(6) == 0;
                if (retry && --retries < 0) break;
                var command = retry ? new RetryTrials([]) : RandomEnd(state, open[random.Next(open.Count)], random);
                var events = SweepState.Decide(state, command).Events;
                foreach (var e in events)
                {
                    state = Apply(state, e);
                    started.UnionWith(state.OpenedBy(e));
                    reopened += e is TrialReopened ? 1 : 0;
                }
                if (events.Length == 0) continue;
                AssertMatchesDefinition(state, events);
                Assert.All(state.Open, item => Assert.Contains(item, started));
                Assert.Equal(state.Open, Given.Stored(SweepSnapshot.Of(state)).State().Open);
            }
        }
        Assert.True(reopened > 100, $"{reopened} trials were opened again");
    }

    [Fact]
    public void Names_that_are_not_of_the_plan_have_no_place_in_it()
    {
        var plan = SweepPlan.Of(FakeResults.Spec);
        var id = plan.Models[1].Id;
        Assert.Equal(new WorkItem(SweepStage.Train, 1), plan.Find(new TrialId($"models/{id}")));
        Assert.Equal(new WorkItem(SweepStage.Evaluate, 1, 1), plan.Find(new TrialId($"models/{id}/bracket_counting")));
        Assert.Equal(new WorkItem(SweepStage.Search, 1, 1), plan.Find(new SearchId(id, "bracket_counting")));
        Assert.Equal(new WorkItem(SweepStage.Attribution, 1, 1), plan.Find(new TrialId($"attribution/{id}/bracket_counting")));
        Assert.Equal(new WorkItem(SweepStage.Validate, 1, 1), plan.Find(new TrialId($"validations/{id}/bracket_counting")));
        Assert.Equal(new WorkItem(SweepStage.Curve, 1, 1), plan.Find(new TrialId($"curves/{id}/bracket_counting")));
        Assert.Equal(new WorkItem(SweepStage.Edges, 1, 1), plan.Find(new TrialId($"edges/{id}/bracket_counting")));
        string[] wrong = ["", "corpus/", "models", "models/", $"models/{id}/", $"models/{id}x", $"models/{id}/bracket",
            $"models/{id}/bracket_counting/0", $"{id}", $"attribution/{id}", $"searches/{id}/bracket_counting"];
        Assert.All(wrong, name => Assert.Null(plan.Find(new TrialId(name))));
        Assert.Null(plan.Find(new SearchId(id, "other")));
        Assert.Null(plan.Find(new SearchId(new ModelId("other"), "bracket_counting")));
    }

    private static SweepSpec RandomSpec(KeyedRandom random)
    {
        double[] l0 = [0.5, 0.25, 0.125], lr = [0.01, 0.003, 0.001];
        string[] all = ["single_double_quote", "bracket_counting", "set_or_string"];
        var tasks = all[random.Next(4)..];
        var searched = random.Next(3) == 0;
        return WithBridges(random, FakeResults.Spec with
        {
            TrainingSearch = new TrainingSearchOptions
            {
                Algorithm = "local",
                Rounds = searched ? 1 + random.Next(3) : 0,
                BatchSize = 1 + random.Next(2),
                StallRounds = random.Next(2),
            },
            Grid = new GridOptions
            {
                L0 = l0[random.Next(3)..],
                PeakLr = searched ? lr[..random.Next(2)] : lr[random.Next(3)..],
                Replicas = [.. Enumerable.Range(0, 1 + random.Next(3))],
                DenseDModel = random.Next(3) == 0 ? [16] : [],
            },
            Tasks = tasks,
            Search = FakeResults.Spec.Search with { WarmStart = [.. tasks.Where(_ => random.Next(3) == 0).Reverse()] },
            Attribution = random.Next(2) == 0,
            Validate = random.Next(2) == 0,
            TargetLosses = random.Next(2) == 0 ? [0.15] : [],
            EdgePruning = random.Next(2) == 0,
            SkipUnlearned = random.Next(4) > 0,
            Autoencoders = random.Next(2) == 0 ? new AutoencoderGridOptions() : new AutoencoderGridOptions
            {
                Locations = random.Next(2) == 0 ? ["0.mlp.act_in"] : ["0.attn.resid_delta", "final_resid"],
                K = random.Next(2) == 0 ? [4] : [4, 8],
                Baselines = random.Next(2) == 0 ? [] : [BaselineKind.Pca, BaselineKind.Neurons],
                Scores = random.Next(3) > 0,
                AblationPairs = random.Next(3),
                Circuits = new BasisComparisonOptions { Prunings = random.Next(3) },
            },
        });
    }

    // Of some sweeps that have a dense model whose training is not searched.
    private static SweepSpec WithBridges(KeyedRandom random, SweepSpec spec)
    {
        var (asked, interventions, regression, count) = (random.Next(2) == 0, random.Next(3) > 0, random.Next(3) > 0, 1 + random.Next(2));
        var models = SweepPlan.Of(spec).Models;
        if (!asked || models.FirstOrDefault(model => model is { Training.L0: 1, Suggestion: null }) is not { } dense) return spec;
        return spec with
        {
            Bridges = new BridgeGridOptions
            {
                Dense = dense.Id.Value,
                Sparse = [.. models.Where(model => model.Training.L0 < 1).Take(count).Select(model => model.Id.Value)],
                Interventions = interventions,
                Regression = regression,
            },
        };
    }

    /// <summary>Something that may come of an open trial or search; a preparation fails sometimes, all others often.</summary>
    private static SweepCommand RandomEnd(SweepState state, WorkItem item, KeyedRandom random)
    {
        if (item.Stage == SweepStage.Search)
        {
            var (id, points) = (state.Search(item).Id, state.Search(item).IsSource ? new BestPoints([], []) : null);
            return random.Next(3) == 0
                ? new RecordSearchResult(id, null, null, points)
                : new RecordSearchResult(id, 1, FakeResults.Circuit, points);
        }
        var (trial, job) = state.Trial(item);
        if (random.Next(item.Stage == SweepStage.Prepare ? 20 : 4) == 0)
            return new RecordTrialFailure(trial, "it failed", random.Next(2) == 0);
        var result = FakeResults.Of(job);
        return new RecordTrialResult(trial, result switch
        {
            TrainResult trained => trained with { ValidationLoss = random.Next(4) is var loss and < 3 ? loss : double.NaN },
            EvaluateResult measured => measured with { CalibratedLoss = random.Next(3) == 0 ? 0.6 : 0.1 },
            _ => result,
        });
    }

    private static SweepState Submitted(SweepSpec spec) =>
        Given.Accepts(SweepState.Decide(SweepState.Initial, new SubmitSweep(spec))).Aggregate(SweepState.Initial, Apply);

    private static SweepState Apply(SweepState state, SweepEvent e) => SweepState.Apply(state, Given.Stored(e));

    private static void AssertMatchesDefinition(SweepState state, IReadOnlyList<SweepEvent> events)
    {
        var trials = KnownTrials(state).ToList();
        var searches = KnownSearches(state).ToList();
        Assert.Equal(Selected(state), state.Selected());
        foreach (var stage in Enum.GetValues<SweepStage>())
        {
            var ended = stage == SweepStage.Search
                ? searches.Select(s => state.Searches.ContainsKey(s.Id)).ToList()
                : [.. trials.Where(t => t.Stage == stage).Select(t => state.Trials.ContainsKey(t.Trial))];
            var toCome = stage == SweepStage.Train ? ToCome(state) : 0;
            Assert.Equal((ended.Count(e => e), ended.Count + toCome), state.Count(stage));
        }
        var failures = trials.Where(t => state.Trials.GetValueOrDefault(t.Trial)?.Failure is not null && !IsSearched(state, t.Stage))
            .OrderBy(t => t.Stage).Select(t => new SweepFailure(t.Trial.Value, "it failed"))
            .Concat(FailedGroups(state))
            // Of trainings there are either failures of single ones or of groups, and both stand behind the corpus and before the tasks.
            .OrderBy(f => f.Subject.StartsWith("corpus", StringComparison.Ordinal) ? 0 : f.Subject.Split('/') is ["models", _] ? 1 : 2)
            .Concat(
                searches.Where(s => state.Searches.TryGetValue(s.Id, out var v) && v.Best is null).Select(
                    s => new SweepFailure(s.Id.ToString(), "every pruning failed")))
            .ToList();
        Assert.Equal(failures, state.Failures());
        var measured = Selected(state).SelectMany(model => state.Plan!.Spec.Tasks.Select(task => (Model: model, Task: task)))
            .Where(m => state.Trials.GetValueOrDefault(m.Model.Of(SweepStage.Evaluate, m.Task))?.Result is EvaluateResult);
        Assert.Equal(measured.Count(m => !GoesOn(state, m.Model, m.Task)), state.Skipped);

        var openTrials = trials.Where(t => !state.Trials.ContainsKey(t.Trial)).ToList();
        var openSearches = searches.Where(s => !state.Searches.ContainsKey(s.Id)).ToList();
        Assert.Equal(openTrials.Count + openSearches.Count == 0, events[^1] is SweepCompleted);
        Assert.Equal(
            openTrials.Select(t => (t.Trial, t.Stage < SweepStage.Autoencoders ? t.Job() : null)),
            state.Open.Where(item => item.Stage != SweepStage.Search).Select(
                item => (state.Trial(item).Trial, item.Stage < SweepStage.Autoencoders ? state.Trial(item).Job : null)));
        Assert.Equal(openSearches, state.OpenSearches());
    }

    // The definitions, each by a look at the whole sweep.

    private static IEnumerable<PlannedModel> Selected(SweepState state) =>
        from @group in state.Plan!.Models.GroupBy(m => m.Group)
        where IsTrained(state, [.. @group])
        let best = @group.Where(m => state.Trained(m) is not null).MinBy(m => Loss(state.Trained(m)!))
        where best is not null
        select best;

    private static bool IsSearched(SweepState state, SweepStage stage) =>
        stage == SweepStage.Train && state.Plan!.Spec.TrainingSearch.Rounds > 0;

    private static IEnumerable<SweepFailure> FailedGroups(SweepState state) =>
        from @group in state.Plan!.Models.GroupBy(m => m.Group)
        where IsSearched(state, SweepStage.Train) && IsTrained(state, [.. @group]) && @group.All(m => state.Trained(m) is null)
        select new SweepFailure($"models/{@group.Key}", "every training of its search failed; the last: it failed");

    /// <summary>By the rules of the sweep file: all rounds, or so many in a row that found nothing better.</summary>
    private static bool IsTrained(SweepState state, IReadOnlyList<PlannedModel> group)
    {
        if (group[0].Suggestion is null) return group.All(m => state.Trials.ContainsKey(m.Trial));
        var options = state.Plan!.Spec.TrainingSearch;
        var (best, stalled) = (double.PositiveInfinity, 0);
        foreach (var round in group.Chunk(options.BatchSize))
        {
            if (!round.All(m => state.Trials.ContainsKey(m.Trial))) return false;
            var loss = round.Select(m => state.Trained(m)).OfType<TrainResult>().Select(Loss).DefaultIfEmpty(double.PositiveInfinity).Min();
            stalled = loss < best || double.IsInfinity(best) ? 0 : stalled + 1;
            best = Math.Min(best, loss);
            if (options.StallRounds > 0 && stalled >= options.StallRounds) return true;
        }
        return true;
    }

    private static bool IsSuggested(SweepState state, PlannedModel model) =>
        model.Suggestion is not { } index || index < state.TrainingSearches[model.Group].Search.Suggestions.Count;

    private static int ToCome(SweepState state) => state.Prepared is null ? 0 : state.Plan!.Models.GroupBy(m => m.Group)
        .Where(group => !IsTrained(state, [.. group])).Sum(group => group.Count(model => !IsSuggested(state, model)));

    private static double Loss(TrainResult trained) =>
        double.IsNaN(trained.ValidationLoss) ? double.PositiveInfinity : trained.ValidationLoss;

    private static IEnumerable<(SweepStage Stage, TrialId Trial, Func<Job> Job)> KnownTrials(SweepState state)
    {
        var plan = state.Plan!;
        yield return (SweepStage.Prepare, SweepPlan.Preparation, plan.Prepare);
        if (state.Prepared is not { } prepared) yield break;
        foreach (var model in plan.Models.Where(model => IsSuggested(state, model)))
        {
            if (model.Bridged is null)
                yield return (SweepStage.Train, model.Trial, () => SweepPlan.Train(state.WithSuggestion(model), prepared));
            else if (Dense(state, model.Bridged.Dense) is { } dense)
                yield return (SweepStage.Train, model.Trial, () => plan.Bridge(model, prepared, dense));
        }
        foreach (var model in Selected(state))
            foreach (var task in plan.Spec.Tasks)
                yield return (SweepStage.Evaluate, model.Of(SweepStage.Evaluate, task), () =>
                    plan.Evaluate(model, task, prepared, state.Trained(model)!));
        foreach (var model in Selected(state))
        {
            foreach (var task in plan.Spec.Tasks.Where(task => plan.Spec.Attribution && GoesOn(state, model, task)))
                yield return (SweepStage.Attribution, model.Of(SweepStage.Attribution, task), () =>
                    plan.OfMeasured(SweepStage.Attribution, model, plan.Evaluate(model, task, prepared, state.Trained(model)!)));
        }
        foreach (var (stage, wanted) in new[] { (SweepStage.Validate, plan.Spec.Validate),
            (SweepStage.Curve, plan.Spec.TargetLosses.Count > 0), (SweepStage.Edges, plan.Spec.EdgePruning) })
        {
            foreach (var model in Selected(state))
            {
                foreach (var task in plan.Spec.Tasks.Where(
                    task => wanted && state.Searches.GetValueOrDefault(new SearchId(model.Id, task))?.Circuit is not null))
                    yield return (stage, model.Of(stage, task), () => plan.OfCircuit(
                        stage, model, plan.Evaluate(model, task, prepared, state.Trained(model)!), FakeResults.Circuit,
                        state.Trained(model)!));
            }
        }
        foreach (var known in KnownTrialsOfDictionaries(state).Concat(KnownTrialsOfBridges(state))) yield return known;
    }

    private static TrainResult? Dense(SweepState state, string id) =>
        state.Trained(state.Plan!.Models.Single(model => model.Id.Value == id));

    // What their jobs are is tested by BridgeStagesTests.
    private static IEnumerable<(SweepStage Stage, TrialId Trial, Func<Job> Job)> KnownTrialsOfBridges(SweepState state)
    {
        var grid = state.Plan!.Spec.Bridges;
        var bridged = Selected(state).Where(model => model.Bridged is not null).ToList();
        foreach (var model in bridged) yield return Known(SweepStage.Bridges, model, "metrics");
        if (!grid.Interventions) yield break;
        foreach (var (model, task) in WithCircuits(bridged)) yield return Known(SweepStage.Interventions, model, task);
        var compared = Selected(state).Where(model => grid.Regression && grid.Sparse.Contains(model.Id.Value));
        foreach (var (model, task) in WithCircuits(compared.Where(_ => Dense(state, grid.Dense!) is not null)))
            yield return Known(SweepStage.Ridges, model, task);

        IEnumerable<(PlannedModel Model, string Task)> WithCircuits(IEnumerable<PlannedModel> models) =>
            from model in models
            from task in state.Plan.Spec.Tasks
            where state.Searches.GetValueOrDefault(new SearchId(model.Id, task))?.Circuit is not null
            select (model, task);

        static (SweepStage, TrialId, Func<Job>) Known(SweepStage stage, PlannedModel model, string part) =>
            (stage, model.Of(stage, part), () => throw new InvalidOperationException("its job is not compared"));
    }

    private static IEnumerable<(SweepStage Stage, TrialId Trial, Func<Job> Job)> KnownTrialsOfDictionaries(SweepState state)
    {
        var grid = state.Plan!.Spec.Autoencoders;
        if (grid.Locations.Count == 0) yield break;
        foreach (var model in Selected(state))
            foreach (var one in grid.All())
                yield return Known(SweepStage.Autoencoders, model, one.Name);
        foreach (var model in Selected(state))
            foreach (var location in grid.Locations.Where(location => AllEnded(model, location)))
                yield return Known(SweepStage.Dictionaries, model, location);
        foreach (var model in Selected(state).Where(_ => grid.Scores))
        {
            foreach (var one in grid.All().Where(one => Result(SweepStage.Autoencoders, model, one.Name) is not null))
                yield return Known(SweepStage.Features, model, one.Name);
            foreach (var location in grid.Locations.Where(location => AllEnded(model, location)))
            {
                // A comparison of no baselines has none to score.
                foreach (var baseline in grid.Baselines.Where(_ => Result(SweepStage.Dictionaries, model, location) is not null))
                    yield return Known(SweepStage.Features, model, $"{location}-{baseline.ToString().ToLowerInvariant()}");
            }
        }

        foreach (var model in Selected(state).Where(_ => grid.AblationPairs > 0))
        {
            foreach (var location in grid.Locations.Where(location => Result(SweepStage.Dictionaries, model, location) is not null))
                foreach (var task in state.Plan.Spec.Tasks.Where(task => AllEnded(model, location) && GoesOn(state, model, task)))
                    yield return Known(SweepStage.Ablations, model, $"{location}-{task}");
        }

        foreach (var stage in (SweepStage[])[SweepStage.BasisPrunings, SweepStage.BasisCircuits])
            foreach (var model in Selected(state))
                foreach (var task in state.Plan.Spec.Tasks.Where(task => GoesOn(state, model, task)))
                    foreach (var part in PartsOfBases(stage, model, task)) yield return Known(stage, model, part);

        IEnumerable<string> PartsOfBases(SweepStage stage, PlannedModel model, string task)
        {
            var places = grid.Locations.Where(CircuitBases.IsPlace).ToList();
            var hasFeatures = model.Config.ActivationFraction == 1 && places.All(place => AllEnded(model, place) && grid.All().Any(
                one => one.Options.Location == place && Result(SweepStage.Autoencoders, model, one.Name) is not null));
            foreach (var basis in (string[])["channels", .. hasFeatures ? ["features-keep", "features-mean"] : Array.Empty<string>()])
            {
                List<string> prunings = [.. Enumerable.Range(0, grid.Circuits.Prunings).Select(i => $"{task}-{basis}-{i}")];
                if (stage == SweepStage.BasisPrunings)
                {
                    foreach (var pruning in prunings) yield return pruning;
                    continue;
                }
                if (prunings.TrueForAll(pruning => state.Trials.ContainsKey(model.Of(SweepStage.BasisPrunings, pruning)))
                    && prunings.Exists(pruning => Result(SweepStage.BasisPrunings, model, pruning) is not null))
                    yield return $"{task}-{basis}";
            }
        }

        bool AllEnded(PlannedModel model, string location) => grid.All().Where(one => one.Options.Location == location)
            .All(one => state.Trials.ContainsKey(model.Of(SweepStage.Autoencoders, one.Name)));

        JobResult? Result(SweepStage stage, PlannedModel model, string part) =>
            state.Trials.GetValueOrDefault(model.Of(stage, part))?.Result;

        // What their jobs are is tested by AutoencoderStagesTests.
        (SweepStage, TrialId, Func<Job>) Known(SweepStage stage, PlannedModel model, string part) =>
            (stage, model.Of(stage, part), () => throw new InvalidOperationException("its job is not compared"));
    }

    private static IEnumerable<SearchPlan> KnownSearches(SweepState state) =>
        state.Prepared is not { } prepared ? [] :
        from model in Selected(state)
        from task in state.Plan!.Spec.Tasks
        where GoesOn(state, model, task)
        let sources = Sources(state, task).Select(source => new SearchId(model.Id, source)).ToList()
        where state.Searches.ContainsKey(new SearchId(model.Id, task)) || sources.All(s =>
            state.Searches.ContainsKey(s)
            || (state.Trials.ContainsKey(model.Of(SweepStage.Evaluate, s.Task)) && !GoesOn(state, model, s.Task)))
        let finished = from source in sources
                       where state.Searches.ContainsKey(source)
                       select new WarmSource(source.Task, state.Searches[source].Points!)
        select state.Plan!.Search(model, task, prepared, state.Trained(model)!, finished.ToValueList());

    private static bool GoesOn(SweepState state, PlannedModel model, string task) =>
        state.Trials.GetValueOrDefault(model.Of(SweepStage.Evaluate, task))?.Result is EvaluateResult measured
        && !(state.Plan!.Spec.SkipUnlearned && measured.CalibratedLoss > 0.5);

    private static IEnumerable<string> Sources(SweepState state, string task) =>
        state.Plan!.Spec.Search.WarmStart.Contains(task) ? [] : state.Plan.Spec.Search.WarmStart;
}
