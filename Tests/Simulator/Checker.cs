using System.Text.Json;

namespace Sweeps.Simulator;

/// <summary>
/// Judges a run by the events on disk and by what devices saw. Reads JSON and knows the names of events, not the orchestrator's states:
/// what those make of the events
/// is what is judged.
/// </summary>
internal sealed class Checker
{
    private const string BisectionOf = "bisection of ";

    private readonly Simulation _run;
    private readonly List<Fact> _facts;
    private readonly List<string> _violations = [];

    private Checker(Simulation run)
    {
        _run = run;
        _facts = [.. Facts(run.Disk.Durable)];
    }

    /// <summary>What is wrong with a run, one sentence each; empty when nothing is.</summary>
    /// <param name="run">the run to judge</param>
    /// <param name="undisturbed">the same sweep without faults</param>
    public static IReadOnlyList<string> Check(Simulation run, Simulation undisturbed)
    {
        var checker = new Checker(run);
        if (run.Problem is { } problem) checker._violations.Add(problem);
        checker.CheckStreams();
        checker.CheckLeads();
        checker.CheckTrials();
        checker.CheckDevices();
        checker.CheckSearches();
        checker.CheckTrainings();
        checker.CheckWhatWasSaid();
        if (run.Problem is null) checker.CheckReport(undisturbed);
        return checker._violations;
    }

    /// <summary>The events with their numbers among those of the same entity.</summary>
    private static IEnumerable<Fact> Facts(IEnumerable<StoredEvent> events)
    {
        Dictionary<string, long> ends = new(StringComparer.Ordinal);
        foreach (var (place, stored) in events.Index())
            yield return new Fact(place, ends[stored.Entity] = ends.GetValueOrDefault(stored.Entity) + 1, stored);
    }

    private IEnumerable<IGrouping<string, Fact>> Streams(string prefix) =>
        _facts.Where(f => f.Stream.StartsWith(prefix, StringComparison.Ordinal)).GroupBy(f => f.Stream, StringComparer.Ordinal);

    private void Require(bool holds, Func<string> otherwise)
    {
        if (!holds) _violations.Add(otherwise());
    }

    private void CheckStreams()
    {
        foreach (var stream in _run.Disk.Durable.GroupBy(e => e.Stream, StringComparer.Ordinal))
            Require(
                stream.Select((e, i) => e.SequenceNr == i + 1).All(x => x),
                () => $"{stream.Key}: the numbers of its events have gaps or repeat");
    }

    /// <summary>Once a coordinator has written, none that led before it does.</summary>
    private void CheckLeads()
    {
        var last = 0L;
        foreach (var (place, writer) in _run.Disk.Writers.Index())
        {
            if (!_run.Terms.TryGetValue(writer, out var term)) continue;
            Require(term >= last, () => $"{_facts[place]}: is of term {term}, after one of term {last}");
            last = Math.Max(last, term);
        }
    }

    /// <summary>
    /// Every trial has one result, of its last attempt, from a device that ran this attempt; and that result entered the sweep once.
    /// </summary>
    private void CheckTrials()
    {
        var told = _run.Log.Where(h => h.What == What.Told).ToLookup(h => (h.Trial!, h.Attempt));
        var stopped = Stopped();
        var answers = _run.Log.Where(h => h.What is What.Answered).ToLookup(h => (h.Trial!, h.Attempt));
        var forgotten = _facts.Where(f => f.Name == "suggestion-forgotten")
            .Select(
                f => FormattableString.Invariant(
                    $"{f.Stream["search:".Length..]}/{f.Json.GetProperty("index").GetInt32():0000}")).ToHashSet(StringComparer.Ordinal);
        foreach (var stream in Streams("trial:"))
        {
            var trial = stream.Key["trial:".Length..];
            var (attempt, ended) = (0, false);
            foreach (var fact in stream)
            {
                Require(!ended, () => $"{fact}: comes after the trial's end");
                Require(attempt == 0 == (fact.Name == "trial-queued"), () => $"{fact}: a trial is queued once, and first");
                if (fact.Name == "trial-queued")
                {
                    attempt = 1;
                    continue;
                }
                Require(
                    fact.Name == "trial-cancelled" || fact.Attempt == attempt,
                    () => $"{fact}: is about attempt {fact.Attempt}, late: the trial is at attempt {attempt}");
                if (fact.Name is "attempt-lost" or "trial-resumed") attempt++;
                if (fact.Name is "trial-started") Require(told[(trial, fact.Attempt)].Any(), () => $"{fact}: no device was told to");
                if (fact.Name is not ("trial-succeeded" or "trial-failed")) continue;
                if (fact.Name == "trial-failed" && fact.Json.GetProperty("kind").GetString() == "world") continue;
                ended = true;
                var said = answers[(trial, fact.Attempt)].FirstOrDefault();
                Require(said is not null && said.Durable <= fact.Place, () => $"{fact}: no device had answered attempt {fact.Attempt}");
                if (fact.Name == "trial-succeeded" && said is not null)
                    Require(
                        Same(fact.Json.GetProperty("result"), JsonDocument.Parse(said.Text).RootElement.GetProperty("result")),
                        () => $"{fact}: is not what the device answered");
            }
            // One that the world kept failing may have been given up by its search, and a training that fell behind was stopped.
            Require(
                ended || _run.Problem is not null || stopped.ContainsKey(trial)
                    || (stream.Last().Name == "trial-failed" && forgotten.Contains(trial)),
                () => $"{stream.Key}: has no end");
        }
        foreach (var stream in Streams("bisection:")) CheckProbes(stream, answers);
        foreach (var counted in Streams("sweep").SelectMany(s => s).Where(
            f => f.Name is "trial-result-recorded" or "trial-failure-recorded").GroupBy(f => f.Text("trial"), StringComparer.Ordinal))
            Require(counted.Count() == 1, () => $"{counted.Key}: entered the sweep {counted.Count()} times");
        foreach (var counted in Streams("sweep").SelectMany(s => s).Where(f => f.Name == "search-result-recorded").GroupBy(
            f => f.Text("model") + f.Text("task"), StringComparer.Ordinal))
            Require(counted.Count() == 1, () => $"{counted.Key}: entered the sweep {counted.Count()} times");
    }

    /// <summary>Every probe, and the circuit at the end, is what a device answered to the attempt that was the present one.</summary>
    private void CheckProbes(IGrouping<string, Fact> stream, ILookup<(string Trial, int Attempt), Happening> answers)
    {
        var (attempt, ended) = (1, false);
        foreach (var fact in stream)
        {
            Require(!ended, () => $"{fact}: comes after the bisection's end");
            var (trial, member) = fact.Name switch
            {
                "probe-recorded" => ($"k{fact.Json.GetProperty("probe").GetProperty("k").GetInt32()}", "probe"),
                "bisection-completed" when fact.Json.GetProperty("circuit").ValueKind == JsonValueKind.Object => ("circuit", "circuit"),
                _ => (null, null),
            };
            if (fact.Name == "bisection-attempt-lost")
                Require(fact.Attempt == attempt++, () => $"{fact}: is about attempt {fact.Attempt}, late");
            if (fact.Name is "bisection-completed" or "bisection-failed") ended = true;
            if (trial is null) continue;
            var said = answers[($"{stream.Key["bisection:".Length..]}/{trial}", attempt)].FirstOrDefault();
            Require(
                said is not null && said.Durable <= fact.Place
                    && Same(fact.Json.GetProperty(member!), JsonDocument.Parse(said.Text).RootElement.GetProperty("result")),
                () => $"{fact}: no device had answered that to attempt {attempt}");
        }
    }

    /// <summary>
    /// No attempt is given to two processes, no trial is at work in two at once, and nothing runs that is not in the journal.
    /// </summary>
    private void CheckDevices()
    {
        var running = new Dictionary<string, (string Trial, int Attempt)>(StringComparer.Ordinal);
        var given = new Dictionary<(string, int), Happening>();
        var attempts = Attempts();
        foreach (var happening in _run.Log)
        {
            switch (happening.What)
            {
                case What.Started:
                    // The orchestrator waits for the end of all processes of an earlier life.
                    running.Clear();
                    break;
                case What.Told:
                    var (trial, attempt) = (happening.Trial!, happening.Attempt);
                    Require(
                        given.TryAdd((trial, attempt), happening),
                        () => $"attempt {attempt} of {trial} is given to {given[(trial, attempt)].Process} and to {happening.Process}");
                    foreach (var other in running.Where(r => r.Value.Trial == trial))
                        _violations.Add(
                            $"attempt {attempt} of {trial} is given to {happening.Process}, while {other.Key} is at work on attempt "
                                + $"{other.Value.Attempt}");
                    running[happening.Process!] = (trial, attempt);
                    Require(
                        (attempts.GetValueOrDefault(trial) ?? attempts.GetValueOrDefault(Owner(trial))) is { } places
                            && places.Count >= attempt && places[attempt - 1] < happening.Durable
                            // What a coordinator has said in its time may be heard when another has taken over; that no two work on it is
                            // required all the same.
                            && (places.Count == attempt || places[attempt] >= happening.Durable || _run.Scenario.Cluster is not null),
                        () =>
                            $"attempt {attempt} of {trial} is given to {happening.Process}, and would not be the present one after a "
                                + $"crash");
                    break;
                case What.Answered or What.GaveUp or What.Exited:
                    running.Remove(happening.Process!);
                    break;
            }
        }
    }

    /// <summary>By trial, and by bisection, where each of its attempts begins in the journal.</summary>
    private Dictionary<string, List<int>> Attempts() => Streams("trial:").Concat(Streams("bisection:")).ToDictionary(
        s => s.Key.StartsWith("trial:", StringComparison.Ordinal) ? s.Key["trial:".Length..] : BisectionOf + s.Key["bisection:".Length..],
        s => s.Where(
            f => f.Name is "trial-queued" or "attempt-lost" or "trial-resumed" or "bisection-started" or "bisection-attempt-lost").Select(
                f => f.Place).ToList(),
        StringComparer.Ordinal);

    /// <summary>The key of the bisection that a probe or a circuit belongs to.</summary>
    private static string Owner(string trial) => BisectionOf + trial[..Math.Max(trial.LastIndexOf('/'), 0)];

    /// <summary>
    /// Suggestions are numbered in order, run as they are stored, and observed or forgotten once; a round is closed when all of it is, and
    /// only then comes the next.
    /// </summary>
    private void CheckSearches()
    {
        var results = Streams("trial:").SelectMany(s => s).Where(f => f.Name == "trial-succeeded").ToDictionary(
            f => f.Stream["trial:".Length..], f => f.Json.GetProperty("result"), StringComparer.Ordinal);
        var told = _run.Log.Where(h => h.What == What.Told).ToLookup(h => h.Trial!, StringComparer.Ordinal);
        foreach (var stream in Streams("search:"))
        {
            var search = stream.Key["search:".Length..];
            var (suggested, closed, resolved, ended) = (0, 0, new HashSet<int>(), false);
            string[] names = [];
            foreach (var fact in stream)
            {
                Require(!ended, () => $"{fact}: comes after the search's end");
                switch (fact.Name)
                {
                    case "search-started":
                        names = Names(fact);
                        break;
                    case "suggestions-made":
                        Require(
                            resolved.Count == suggested && closed == fact.Json.GetProperty("round").GetInt32(),
                            () => $"{fact}: the round before is open");
                        foreach (var suggestion in fact.Json.GetProperty("suggestions").EnumerateArray())
                        {
                            Require(
                                suggestion.GetProperty("index").GetInt32() == suggested, () => $"{fact}: expected suggestion {suggested}");
                            foreach (var job in told[FormattableString.Invariant($"{search}/{suggested:0000}")])
                                Require(
                                    job.Durable > fact.Place && Runs(job, names, suggestion),
                                    () => $"{fact}: {job.Process} was told to run another point, or before it was stored");
                            suggested++;
                        }
                        break;
                    case "observation-recorded" or "suggestion-forgotten":
                        var index = fact.Json.GetProperty("index").GetInt32();
                        Require(index < suggested, () => $"{fact}: suggestion {index} was not made");
                        Require(resolved.Add(index), () => $"{fact}: suggestion {index} is observed or forgotten twice");
                        if (fact.Name == "observation-recorded"
                            && fact.Json.GetProperty("outcome").GetProperty("pruned") is { ValueKind: JsonValueKind.Object } pruned)
                            Require(
                                results.TryGetValue(FormattableString.Invariant($"{search}/{index:0000}"), out var result)
                                    && Same(result, pruned),
                                () => $"{fact}: is not the result of its pruning");
                        break;
                    case "round-closed":
                        Require(
                            resolved.Count == suggested && fact.Json.GetProperty("round").GetInt32() == closed,
                            () => $"{fact}: not all of the round is resolved");
                        closed++;
                        break;
                    case "search-completed":
                        ended = true;
                        break;
                }
            }
            Require(ended || _run.Problem is not null, () => $"{stream.Key}: has no end");
        }
    }

    /// <summary>
    /// Where trainings are searched, a round of a group is suggested once everything that was suggested before has ended, stored before any
    /// of it runs, and run as suggested; and no other training is.
    /// </summary>
    private void CheckTrainings()
    {
        var told = _run.Log.Where(h => h.What == What.Told).ToLookup(h => h.Trial!, StringComparer.Ordinal);
        Dictionary<string, string[]> names = new(StringComparer.Ordinal);
        Dictionary<string, int> suggested = new(StringComparer.Ordinal);
        HashSet<string> ended = new(StringComparer.Ordinal), known = new(StringComparer.Ordinal);
        foreach (var fact in Streams("sweep").SelectMany(s => s))
        {
            switch (fact.Name)
            {
                case "training-search-started":
                    Require(names.TryAdd(fact.Text("group"), Names(fact)), () => $"{fact}: the search begins twice");
                    break;
                case "trial-result-recorded" or "trial-failure-recorded" or "training-stopped":
                    ended.Add(fact.Text("trial"));
                    break;
                case "trainings-suggested":
                    var group = fact.Text("group");
                    Require(
                        known.Where(trial => trial.StartsWith($"models/{group}-s", StringComparison.Ordinal)).All(ended.Contains),
                        () => $"{fact}: the round before is open");
                    foreach (var suggestion in fact.Json.GetProperty("suggestions").EnumerateArray())
                    {
                        var index = suggested[group] = suggested.GetValueOrDefault(group, -1) + 1;
                        Require(suggestion.GetProperty("index").GetInt32() == index, () => $"{fact}: expected suggestion {index}");
                        var trial = FormattableString.Invariant($"models/{group}-s{index:00}");
                        known.Add(trial);
                        foreach (var job in told[trial])
                            Require(
                                job.Durable > fact.Place && Runs(job, names[group], suggestion, "training"),
                                () => $"{fact}: {job.Process} was told to train otherwise, or before it was stored");
                    }
                    break;
            }
        }
        if (names.Count == 0) return;
        foreach (var trial in told.Select(of => of.Key).Where(trial => trial.Split('/') is ["models", _]))
            Require(known.Contains(trial), () => $"{trial} was trained, and nothing suggested it");
    }

    /// <summary>What anybody was told, a crash at that moment would have left in the journal.</summary>
    private void CheckWhatWasSaid()
    {
        var succeeded = _facts.Where(f => f.Name == "trial-succeeded").ToDictionary(
            f => f.Stream["trial:".Length..], f => f.Place, StringComparer.Ordinal);
        var stopped = Stopped();
        var trials = _facts.Where(f => f.Name == "trial-queued").Select(f => f.Stream["trial:".Length..]).ToHashSet(StringComparer.Ordinal);
        var checkpoints = _facts.Where(f => f.Name == "checkpoint-reached").ToLookup(
            f => f.Stream["trial:".Length..], StringComparer.Ordinal);
        var completed = _facts.FirstOrDefault(f => f.Name == "sweep-completed")?.Place ?? int.MaxValue;
        foreach (var happening in _run.Log)
        {
            switch (happening.What)
            {
                case What.ShownSucceeded when trials.Contains(happening.Trial!):
                    Require(
                        succeeded.GetValueOrDefault(happening.Trial!, int.MaxValue) < happening.Durable,
                        () => $"{happening.Trial} was shown as done before its result was durable");
                    break;
                case What.Deleted when happening.Text.EndsWith("/checkpoints", StringComparison.Ordinal):
                    var trial = happening.Text[..happening.Text.LastIndexOf('/')];
                    Require(
                        Math.Min(succeeded.GetValueOrDefault(trial, int.MaxValue), stopped.GetValueOrDefault(trial, int.MaxValue))
                            < happening.Durable,
                        () => $"the checkpoints of {trial} were deleted before its result was durable");
                    break;
                case What.Deleted:
                    var owner = happening.Text[..happening.Text.LastIndexOf("/checkpoints/", StringComparison.Ordinal)];
                    var known = checkpoints[owner].LastOrDefault(f => f.Place < happening.Durable);
                    Require(
                        known is not null && known.Json.GetProperty("checkpoint").GetProperty("path").GetString() != happening.Text,
                        () => $"{happening.Text} was deleted although it is the last one that is durable, or none is");
                    break;
                case What.Completed:
                    Require(completed < happening.Durable, () => "the sweep was said to be complete before that was durable");
                    break;
                case What.Unhandled:
                    _violations.Add($"not handled: {happening.Text}");
                    break;
            }
        }
    }

    /// <summary>
    /// The same results, and the same report, as without faults; unless a pruning was given up because of the world, which a report shows.
    /// </summary>
    private void CheckReport(Simulation undisturbed)
    {
        if (_facts.Any(f => f.Name == "suggestion-forgotten" && f.Text("reason").StartsWith("given up", StringComparison.Ordinal))) return;
        var (expected, found) = (Counted(undisturbed.Disk.Durable), Counted(_run.Disk.Durable));
        foreach (var subject in expected.Keys.Union(found.Keys).Order(StringComparer.Ordinal))
        {
            var (left, right) = (expected.GetValueOrDefault(subject), found.GetValueOrDefault(subject));
            Require(left == right, () => $"{subject}: counted is {right ?? "nothing"}: expected {left ?? "nothing"}");
        }
        Require(_run.Report == undisturbed.Report, () => "the report differs from that of the undisturbed sweep");
    }

    /// <summary>Where trainings were stopped early, by trial.</summary>
    private Dictionary<string, int> Stopped() => _facts.Where(f => f.Name == "training-stopped").ToDictionary(
        f => f.Text("trial"), f => f.Place, StringComparer.Ordinal);

    /// <summary>What the sweep counts, as it is stored, by what it is about.</summary>
    private static Dictionary<string, string> Counted(IEnumerable<StoredEvent> events)
    {
        Dictionary<string, string> counted = new(StringComparer.Ordinal);
        // What was stopped counts as that, whatever it had come to; and of evaluations only what follows from them.
        foreach (var fact in Facts(events).Where(f => f.Stream == "sweep" && f.Name != "evaluation-recorded"
            && (f.Name.EndsWith("-recorded", StringComparison.Ordinal) || f.Name == "training-stopped")))
            counted[fact.Name == "search-result-recorded" ? $"{fact.Text("model")} {fact.Text("task")}" : fact.Text(
                "trial")] = fact.Json.GetRawText();
        return counted;
    }

    /// <summary>Whether two results are the same; one says of what kind it is, the other may not need to.</summary>
    private static bool Same(JsonElement left, JsonElement right)
    {
        static Dictionary<string, JsonElement> Members(JsonElement of) =>
            of.EnumerateObject().Where(m => m.Name != "kind").ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);
        var (members, others) = (Members(left), Members(right));
        return members.Count == others.Count
            && members.All(m => others.TryGetValue(m.Key, out var other) && JsonElement.DeepEquals(m.Value, other));
    }

    /// <summary>The names of the parameters that a search begins with.</summary>
    private static string[] Names(Fact started) =>
    [
        .. started.Json.GetProperty("config").GetProperty("space").GetProperty("parameters").EnumerateArray().Select(
            p => p.GetProperty("name").GetString()!),
    ];

    private static bool Runs(Happening job, string[] names, JsonElement suggestion, string of = "hyperparameters")
    {
        var hyperparameters = JsonDocument.Parse(job.Text).RootElement.GetProperty(of);
        return names.Zip(suggestion.GetProperty("values").EnumerateArray(), (name, value) => (name, value.GetDouble())).All(p =>
        {
            var (name, value) = p;
            var words = name.Split('_');
            var member = words[0] + string.Concat(words.Skip(1).Select(w => char.ToUpperInvariant(w[0]) + w[1..]));
            return hyperparameters.GetProperty(member).GetDouble() == value;
        });
    }

    /// <summary>A stored event, as JSON.</summary>
    private sealed class Fact(int place, long number, StoredEvent stored)
    {
        private JsonDocument? _json;

        public int Place => place;

        public string Stream => stored.Entity;

        public long Number => number;

        public string Name => stored.Event.Name;

        public JsonElement Json => (_json ??= JsonDocument.Parse(stored.Event.Payload)).RootElement;

        public int Attempt => Json.GetProperty("attempt").GetInt32();

        public string Text(string member) => Json.GetProperty(member).GetString()!;

        public override string ToString() => $"{Stream} {Number} {Name}";
    }
}
