using Sweeps.Domain.Journal;
using System.Text.Json;
using Sweeps.Domain.Trials;

namespace Sweeps.Domain.Audit;

/// <summary>A file that the journal names, and that must be there.</summary>
/// <param name="File">path, digest and length</param>
/// <param name="NamedBy">the stream that names it</param>
/// <param name="IsCheckpoint">
/// whether it is the checkpoint of a trial that has not ended: a newer one may replace it at any time, and without it the trial begins anew
/// </param>
public sealed record NamedFile(ArtifactRef File, string NamedBy, bool IsCheckpoint);

/// <summary>Collects the files that events name.</summary>
internal sealed class NamedFiles
{
    private readonly OrderedDictionary<string, NamedFile> _files = new(StringComparer.Ordinal);

    public IReadOnlyList<NamedFile> All => [.. _files.Values];

    /// <summary>Adds the files that a stored event names, anywhere in it.</summary>
    /// <returns>what is wrong with them</returns>
    public IEnumerable<string> Add(StoredEvent stored)
    {
        using var json = JsonDocument.Parse(stored.Event.Payload);
        return
        [
            .. ArtifactRefs.Find(json.RootElement)
                .Select(file => Add(new NamedFile(file, stored.Entity, IsCheckpoint: false))).OfType<string>(),
        ];
    }

    /// <summary>Leaves out the files that a stream was the first to name.</summary>
    public void RemoveNamedBy(string stream)
    {
        foreach (var path in _files.Where(named => named.Value.NamedBy == stream).Select(named => named.Key).ToList()) _files.Remove(path);
    }

    /// <summary>Adds what a trial that may go on would resume from.</summary>
    public void AddCheckpoint(TrialState trial, string stream)
    {
        if (trial is { IsFinal: false, Checkpoint: { } checkpoint }) Add(new NamedFile(checkpoint, stream, IsCheckpoint: true));
    }

    private string? Add(NamedFile named)
    {
        if (_files.TryAdd(named.File.Path, named) || _files[named.File.Path].File == named.File) return null;
        var before = _files[named.File.Path];
        return $"it names {named.File.Path} with SHA-256 {named.File.Sha256}, which '{before.NamedBy}' names with {before.File.Sha256}";
    }
}
