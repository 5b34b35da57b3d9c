using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sweeps.Domain.Bisections;
using Sweeps.Domain.Journal;
using Sweeps.Domain.Sweeps;
using Sweeps.Domain.Trials;

namespace Sweeps.Domain.Reuse;

/// <summary>What a job of another run has found.</summary>
/// <param name="Folder">of that run</param>
/// <param name="Output">where its files are in it</param>
/// <param name="Result">with the paths of its files</param>
public sealed record ReusableResult(string Folder, string Output, JobResult Result)
{
    /// <summary>What the name of the device of a reused trial begins with.</summary>
    public const string Device = "reused from ";

    /// <summary>
    /// All results of a run's jobs, by <see cref="JobKey"/>: of trials, and of the probes and circuits of its bisections.
    /// </summary>
    /// <param name="folder">the run's</param>
    /// <param name="journal">its journal</param>
    /// <exception cref="JournalException">the journal cannot be read</exception>
    /// <exception cref="JournalCorruptException">it is damaged</exception>
    public static IReadOnlyDictionary<string, ReusableResult> Read(string folder, IJournalReader journal)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var results = new Dictionary<string, ReusableResult>(StringComparer.Ordinal);
        var trials = new Dictionary<string, TrialState>(StringComparer.Ordinal);
        var bisections = new Dictionary<string, BisectionState>(StringComparer.Ordinal);
        foreach (var (entity, happened) in journal.ReadEvents(SweepJournal.Registry))
        {
            if (happened is TrialEvent trial)
            {
                var state = trials[entity] = TrialState.Apply(trials.GetValueOrDefault(entity, TrialState.Initial), trial);
                if (trial is TrialSucceeded succeeded) Add(state.Job!, succeeded.Result);
            }
            else if (happened is BisectionEvent bisection)
            {
                var before = bisections.GetValueOrDefault(entity, BisectionState.Initial);
                if (bisection is ProbeRecorded probe) Add(before.NextJob()!, probe.Probe);
                else if (bisection is BisectionCompleted { Circuit: { } circuit }) Add(before.NextJob()!, circuit);
                bisections[entity] = BisectionState.Apply(before, bisection);
            }
        }
        return results;

        void Add(Job job, JobResult result)
        {
            if (JobKey.Of(job) is { } key) results[key] = new ReusableResult(folder, job.Output, result);
        }
    }

    /// <summary>The result as that of a job with another output, and the files that it takes to have them there.</summary>
    /// <param name="output">of that job</param>
    /// <returns>null when a file of the result is not in its job's output</returns>
    public (JobResult Result, ImmutableArray<(ArtifactRef From, string To)> Files)? In(string output)
    {
        var files = ImmutableArray.CreateBuilder<(ArtifactRef From, string To)>();
        var node = JsonSerializer.SerializeToNode(Result, JobJson.Options)!;
        return Move(node) ? (node.Deserialize<JobResult>(JobJson.Options)!, files.ToImmutable()) : null;

        bool Move(JsonNode? at)
        {
            switch (at)
            {
                case JsonObject found when JobKey.IsArtifact(found):
                    var file = found.Deserialize<ArtifactRef>(JobJson.Options)!;
                    if (!file.Path.StartsWith($"{Output}/", StringComparison.Ordinal)) return false;
                    var path = output + file.Path[Output.Length..];
                    files.Add((file, path));
                    found["path"] = path;
                    return true;
                case JsonObject fields:
                    return fields.Select(field => field.Value).ToList().TrueForAll(Move);
                case JsonArray items:
                    return items.ToList().TrueForAll(Move);
                default:
                    return true;
            }
        }
    }
}
