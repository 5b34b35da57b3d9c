using Sweeps.Domain.Journal;
using System.Globalization;
using System.Text.Json;
using Sweeps.Domain.Bisections;
using Sweeps.Domain.Searches;
using Sweeps.Domain.Sweeps;
using Sweeps.Domain.Trials;
using Sweeps.Search;

namespace Sweeps.Domain.Audit;

/// <summary>A sweep's journal, read from its first event to its last.</summary>
public sealed class JournalAudit
{
    // A journal whose every event is wrong is wrong once.
    private const int MaxFindings = 100;

    private readonly Dictionary<string, TrialState> _trials = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CircuitSearchState> _searches = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BisectionState> _bisections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TrainingOptions> _trainings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, CircuitResult> _circuits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ArtifactRef> _models = new(StringComparer.Ordinal);
    private readonly NamedFiles _files = new();
    private readonly List<AuditFinding> _findings = [];
    private SweepState _sweep = SweepState.Initial;

    private JournalAudit()
    {
    }

    /// <summary>Number of events.</summary>
    public long Events { get; private set; }

    /// <summary>Number of trials begun.</summary>
    public int Trials => _trials.Count;

    /// <summary>The description of the sweep; null when none was begun.</summary>
    public SweepSpec? Spec => _sweep.Plan?.Spec;

    /// <summary>How far the sweep is.</summary>
    public SweepStatus Status => _sweep.Status;

    /// <summary>Contradictions, the first hundred.</summary>
    public IReadOnlyList<AuditFinding> Findings => _findings;

    /// <summary>Every file that must be there, each once.</summary>
    public IReadOnlyList<NamedFile> Files => _files.All;

    /// <summary>What the journal says of every circuit's file.</summary>
    public IReadOnlyCollection<CircuitResult> Circuits => _circuits.Values;

    /// <summary>The trained models' files by path.</summary>
    public IReadOnlyDictionary<string, ArtifactRef> Models => _models;

    /// <summary>Reads and checks a journal.</summary>
    /// <exception cref="JournalException">it cannot be read</exception>
    /// <exception cref="JournalCorruptException">it is damaged, or holds an event that this program does not know</exception>
    public static JournalAudit Of(IJournalReader journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var audit = new JournalAudit();
        foreach (var stored in journal.ReadAll()) audit.Follow(stored, SweepJournal.Registry.Read(stored, journal.Location));
        audit.Compare();
        return audit;
    }

    private void Follow(StoredEvent stored, object happened)
    {
        Events++;
        var stream = stored.Entity;
        if (happened is TrialRetried) Forget(stream);
        foreach (var problem in happened is CheckpointReached ? [] : _files.Add(stored)) Report(stored, problem);
        // What follows a contradiction in a stream says nothing new.
        if (_broken.Contains(stream)) return;
        string? wrong;
        try
        {
            wrong = Apply(stream, happened);
        }
        catch (Exception e)
        {
            // States trust their journal: what one that contradicts itself makes them throw is not promised to anybody.
            wrong = e.Message;
        }
        if (wrong is null) return;
        Report(stored, wrong);
        _broken.Add(stream);
    }

    private string? Apply(string stream, object happened)
    {
        switch (happened)
        {
            case SweepEvent e when stream == SweepJournal.Sweep:
                if (SweepRules.Problem(_sweep, e) is { } ofSweep) return ofSweep;
                _sweep = SweepState.Apply(_sweep, e);
                if (e is TrialResultRecorded recorded) Note(recorded.Result);
                return null;
            case TrialEvent e when stream.StartsWith("trial:", StringComparison.Ordinal):
                var trial = _trials.GetValueOrDefault(stream, TrialState.Initial);
                if (TrialRules.Problem(stream, trial, e) is { } ofTrial) return ofTrial;
                trial = TrialState.Apply(trial, e);
                if (trial is { Phase: TrialPhase.Waiting, Job: TrainJob train }) _trainings[stream] = train.Training;
                // The job is most of a state, and nothing asks for it any more.
                _trials[stream] = trial.IsFinal ? trial with { Job = null } : trial;
                Note(trial.Result);
                return null;
            case SearchEvent e when stream.StartsWith(SweepJournal.SearchPrefix, StringComparison.Ordinal):
                var search = _searches.GetValueOrDefault(stream, CircuitSearchState.Initial);
                if (SearchRules.Problem(search, e) is { } ofSearch) return ofSearch;
                _searches[stream] = CircuitSearchState.Apply(search, e);
                return null;
            case BisectionEvent e when stream.StartsWith("bisection:", StringComparison.Ordinal):
                var bisection = _bisections.GetValueOrDefault(stream, BisectionState.Initial);
                if (BisectionRules.Problem(bisection, e) is { } ofBisection) return ofBisection;
                _bisections[stream] = BisectionState.Apply(bisection, e);
                Note(_bisections[stream].Circuit);
                return null;
            default:
                return $"a {happened.GetType().Name} does not belong into this stream";
        }
    }

    /// <summary>What a trial that begins anew had made may be replaced at any time.</summary>
    private void Forget(string stream)
    {
        _files.RemoveNamedBy(stream);
        switch (_trials.GetValueOrDefault(stream)?.Result)
        {
            case CircuitResult circuit: _circuits.Remove(circuit.Circuit.Path); break;
            case ValidationResult validation: _circuits.Remove(validation.Circuit.Path); break;
            case GivenResult given: _circuits.Remove(given.Circuit.Circuit.Path); break;
        }
    }

    private void Note(JobResult? result)
    {
        switch (result)
        {
            case TrainResult trained: _models.TryAdd(trained.Model.Path, trained.Model); break;
            case CircuitResult circuit: _circuits.TryAdd(circuit.Circuit.Path, circuit); break;
            case GivenResult given: _circuits.TryAdd(given.Circuit.Circuit.Path, given.Circuit); break;
            // The losses of a validation are its own; what the file says of nodes and edges is compared.
            case ValidationResult v:
                _circuits.TryAdd(v.Circuit.Path, new CircuitResult(v.Circuit, v.Nodes, v.Edges, double.NaN, double.NaN, double.NaN));
                break;
        }
    }

    /// <summary>What streams say of one another, as of the same instant.</summary>
    private void Compare()
    {
        // Nobody goes on from where a training was stopped.
        var stopped = _sweep.Trials.Where(trial => trial.Value.Stopped is not null)
            .Select(trial => SweepJournal.Trial(trial.Key)).ToHashSet();
        foreach (var (stream, trial) in _trials)
            if (!stopped.Contains(stream)) _files.AddCheckpoint(trial, stream);
        foreach (var (trial, verdict) in _sweep.Trials) Compare(trial, verdict);
        foreach (var (trial, losses) in _sweep.Evaluations) Compare(trial, losses);
        foreach (var (id, verdict) in _sweep.Searches)
        {
            var stream = SweepJournal.Search(id);
            if (_broken.Contains(stream)) continue;
            var search = _searches.GetValueOrDefault(stream);
            if (search is not { IsDone: true }) Report(stream, "the sweep counts its result, and it has not ended");
            else if (search.Best != verdict.Best || !Same(search.BestCircuit, verdict.Circuit))
                Report(stream, "the sweep counts another result than the search's");
        }
        foreach (var model in _sweep.Plan?.Models.Where(model => model.Suggestion is not null) ?? []) CompareTraining(model);
        foreach (var stream in _sweep.SkippedSearches().Select(SweepJournal.Search).Where(_searches.ContainsKey))
            Report(stream, "the search began, and its task is one to skip");
        foreach (var (stream, search) in _searches)
            foreach (var (index, outcome) in search.Outcomes)
                Compare(
                    string.Create(CultureInfo.InvariantCulture, $"{stream[SweepJournal.SearchPrefix.Length..]}/{index:0000}"), stream,
                    outcome);
    }

    /// <summary>A searched training is the one that was suggested.</summary>
    private void CompareTraining(PlannedModel model)
    {
        var stream = SweepJournal.Trial(model.Trial);
        if (!_trainings.TryGetValue(stream, out var training)) return;
        if (_sweep.SuggestionOf(model) is null) Report(stream, "it is trained, and was not suggested");
        else if (training with { CheckpointEvery = model.Training.CheckpointEvery } != _sweep.WithSuggestion(model).Training)
            Report(stream, "it is trained otherwise than suggested");
    }

    private void Compare(TrialId id, TrialVerdict verdict)
    {
        var stream = SweepJournal.Trial(id);
        // The sweep decides that, whatever the trial has come to by then.
        if (_broken.Contains(stream) || verdict.Failure == CancelPart.Reason || verdict.Stopped is not null) return;
        var trial = _trials.GetValueOrDefault(stream);
        if (trial is not { IsFinal: true })
        {
            Report(stream, "the sweep counts its result, and it has not ended");
            return;
        }
        // An attribution is a trial that ranks the nodes, and a bisection behind it.
        var bisection = trial.Result is PruneResult ? _bisections.GetValueOrDefault(SweepJournal.Bisection(id)) : null;
        var (result, failed) = bisection is null
            ? (trial.Result, trial.Phase == TrialPhase.Failed)
            : (bisection.Circuit, bisection is { IsDone: true, Circuit: null });
        if (verdict.Result is null ? !failed : !Same(result, verdict.Result))
            Report(stream, "the sweep counts another result than the trial's");
    }

    private void Compare(TrialId id, ValueList<EvaluatedAt> losses)
    {
        var stream = SweepJournal.Trial(id);
        if (_broken.Contains(stream)) return;
        var known = _trials.GetValueOrDefault(stream, TrialState.Initial).Evaluations;
        foreach (var at in losses)
        {
            if (known.Contains(at)) continue;
            Report(stream, string.Create(
                CultureInfo.InvariantCulture, $"the sweep counts a loss of {at.Loss} at step {at.Step}, which the trial does not have"));
        }
    }

    private void Compare(string pruning, string search, PruningOutcome outcome)
    {
        var trial = _trials.GetValueOrDefault(SweepJournal.Trial(new TrialId(pruning)));
        var bisection = _bisections.GetValueOrDefault(SweepJournal.Bisection(new TrialId(pruning)));
        if (trial is not { IsFinal: true } || !Same(trial.Result, outcome.Pruned) || !Same(bisection?.Circuit, outcome.Circuit))
            Report(search, $"it observed another result than that of {pruning}");
        if (outcome.Stopped is { } stopped && bisection?.Beat != stopped.Best)
            Report(search, $"it observed that {pruning} was stopped, and its bisection was not to");
    }

    private static bool Same(JobResult? left, JobResult? right) =>
        JsonSerializer.Serialize(left, JobJson.Options) == JsonSerializer.Serialize(right, JobJson.Options);

    private void Report(StoredEvent stored, string problem) => Report(new AuditFinding(stored.Entity, stored.SequenceNr, problem));

    private void Report(string stream, string problem) => Report(new AuditFinding(stream, null, problem));

    private void Report(AuditFinding finding)
    {
        if (_findings.Count < MaxFindings) _findings.Add(finding);
    }
}
