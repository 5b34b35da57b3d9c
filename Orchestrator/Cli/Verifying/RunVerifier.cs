using System.Text.Json;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Journal;
using Sweeps.Domain.Audit;
using Sweeps.Actors.Sweeps;
using Sweeps.ModelCore.Pruning;
using Sweeps.Orchestrator.Reports;

namespace Sweeps.Orchestrator.Cli.Verifying;

/// <summary>Checks a run's folder, finished, stopped or being run at this moment, and changes nothing in it.</summary>
/// <param name="folder">the run's</param>
/// <param name="store">where its journal is</param>
/// <param name="progress">is told of files</param>
internal sealed class RunVerifier(string folder, StoreOptions store, FileProgress progress)
{
    private const string ReportName = "report.json";
    private const string Restore = "restore it from a back-up: without it nothing that was made of it can be trusted";

    private readonly string _folder = Path.GetFullPath(folder);
    private readonly string _journal = SweepFolder.NeedsDatabase(folder) ? SweepFolder.RunName : SweepFolder.JournalName;
    private readonly List<Finding> _findings = [];

    /// <summary>Checks it.</summary>
    /// <exception cref="CliException">there is no run in the folder, or its journal cannot be opened</exception>
    public Verification Run()
    {
        if (!SweepFolder.HasSweep(_folder))
            throw new CliException(
                ExitCode.Invalid,
                $"{folder} holds no sweep: expected a folder with a {SweepFolder.JournalName} or a {SweepFolder.RunName}");
        var running = false;
        try
        {
            running = RunJournal.IsOpen(SweepFolder.Store(_folder, store), _folder);
            var journal = SweepFolder.Read(_folder, store);
            journal.CheckIntegrity();
            var audit = JournalAudit.Of(journal);
            foreach (var finding in audit.Findings)
                Add(
                    _journal, finding.ToString(),
                    "restore the folder from a back-up, and please report this: intact events that contradict one another are a fault of "
                        + "the program");
            var damaged = CheckFiles(audit, running ? journal : null);
            var circuits = CheckCircuits(audit, damaged);
            if (audit.Spec is { } spec)
            {
                CheckSpec(spec, audit.Status);
                if (audit.Findings.Count == 0) CheckReport(journal, audit.Status);
            }
            return new Verification(
                _folder, running, audit.Spec is null
                    ? null
                    : audit.Status, audit.Events, audit.Trials, audit.Files.Count, audit.Files.Sum(f => f.File.Bytes), circuits, _findings);
        }
        catch (JournalCorruptException e)
        {
            Add(
                _journal, e.Message,
                "restore the folder from a back-up; nothing else in it was checked, since the journal says what should be there");
            return new Verification(_folder, running, null, 0, 0, 0, 0, 0, _findings);
        }
        catch (JournalException e)
        {
            throw new CliException(ExitCode.Environment, e.Message, e);
        }
    }

    /// <param name="audit">what the journal names</param>
    /// <param name="live">
    /// read again where a checkpoint is not there, since a run at work replaces them; null when nobody is at work
    /// </param>
    private HashSet<string> CheckFiles(JournalAudit audit, JournalReader? live)
    {
        var check = new FileCheck(_folder, progress, audit.Files.Count, audit.Files.Sum(f => f.File.Bytes));
        var wrong = audit.Files.Select(named => (named, Problem: check.Problem(named.File))).Where(f => f.Problem is not null).ToList();
        if (live is not null && wrong.Exists(f => f.named.IsCheckpoint))
        {
            var now = JournalAudit.Of(live).Files.ToHashSet();
            wrong.RemoveAll(f => f.named.IsCheckpoint && !now.Contains(f.named));
        }
        foreach (var (named, problem) in wrong)
        {
            Add(named.File.Path, $"{problem}; '{named.NamedBy}' names it", named.IsCheckpoint
                ? "restore it from a back-up, or do nothing: `sweeps run` then begins this trial anew, to the same result"
                : Restore);
        }
        return [.. wrong.Select(f => f.named.File.Path)];
    }

    private int CheckCircuits(JournalAudit audit, HashSet<string> damaged)
    {
        var read = 0;
        foreach (var circuit in audit.Circuits.Where(c => !damaged.Contains(c.Circuit.Path)))
        {
            if (Problem(circuit, audit) is { } problem) Add(circuit.Circuit.Path, problem, Restore);
            read++;
        }
        return read;
    }

    private string? Problem(CircuitResult circuit, JournalAudit audit)
    {
        CircuitFile file;
        try
        {
            file = CircuitFile.Load(Path.Combine(_folder, circuit.Circuit.Path));
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
        if (file.NodeCount != circuit.Nodes || file.EdgeCount != circuit.Edges)
            return $"it has {file.NodeCount} nodes and {file.EdgeCount} edges: the journal says {circuit.Nodes} and {circuit.Edges}";
        if (!audit.Models.TryGetValue(file.Model.Path, out var model))
            return $"it is of the model {file.Model.Path}, which the journal does not know";
        return file.Model.Sha256 == model.Sha256
            ? null
            : $"it is of a model with SHA-256 {file.Model.Sha256}: that of {model.Path} is {model.Sha256}";
    }

    private void CheckSpec(SweepSpec spec, SweepStatus status)
    {
        var fix = status is SweepStatus.Completed or SweepStatus.Cancelled
            ? "restore or delete it: it is a copy for people, the journal holds the description"
            : "do nothing: it is a copy for people, and `sweeps run` writes it again";
        try
        {
            var stored = JsonSerializer.Deserialize<SweepSpec>(
                File.ReadAllBytes(Path.Combine(_folder, SweepFolder.SpecName)), JobJson.Options);
            if (stored is null || !SweepState.SameSpec(stored, spec))
                Add(SweepFolder.SpecName, "it describes another sweep than the journal", fix);
        }
        catch (FileNotFoundException)
        {
            Add(SweepFolder.SpecName, "it is missing", fix, isNote: true);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            Add(SweepFolder.SpecName, $"it cannot be read: {e.Message}", fix);
        }
    }

    private void CheckReport(JournalReader journal, SweepStatus status)
    {
        try
        {
            var stored = File.ReadAllBytes(Path.Combine(_folder, ReportName));
            if (stored.AsSpan().SequenceEqual(ReportBuilder.ToJson(ReportBuilder.Build(SweepReadModel.Load(journal))))) return;
            var over = status is SweepStatus.Completed or SweepStatus.Cancelled;
            Add(
                ReportName, over ? "it is not what the journal gives" : "it is not what the journal gives by now",
                "write it again with `sweeps report`", isNote: !over);
        }
        catch (FileNotFoundException)
        {
            if (status == SweepStatus.Completed) Add(ReportName, "it is missing", "write it with `sweeps report`", isNote: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Add(ReportName, $"it cannot be read: {e.Message}", "write it again with `sweeps report`");
        }
    }

    private void Add(string file, string problem, string fix, bool isNote = false) =>
        _findings.Add(new Finding(file, problem, fix, isNote));
}
