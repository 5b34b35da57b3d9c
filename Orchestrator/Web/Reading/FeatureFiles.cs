using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Reading;

/// <summary>The files of features that were asked for last. Thread-safe.</summary>
internal sealed class FeatureFiles
{
    private const int Kept = 16;

    private readonly Lock _lock = new();
    private readonly List<(string Path, string Sha256, FeatureFile File)> _files = []; // the last asked for is the last

    /// <summary>A file of a sweep; it is checked and looked through once, and again when it has changed.</summary>
    /// <param name="sweep">whose it is</param>
    /// <param name="artifact">the file, by the word of the journal</param>
    /// <exception cref="JobFailedException">it is missing, or is not the one that was written</exception>
    public FeatureFile Of(ServedSweep sweep, ArtifactRef artifact)
    {
        var store = new ArtifactStore(sweep.Folder);
        var path = store.FullPath(artifact.Path);
        lock (_lock)
        {
            var at = _files.FindIndex(one => one.Path == path && one.Sha256 == artifact.Sha256);
            if (at >= 0)
            {
                var known = _files[at];
                _files.RemoveAt(at);
                if (known.File.IsCurrent)
                {
                    _files.Add(known);
                    return known.File;
                }
            }
            try
            {
                var file = FeatureFile.Of(path, store.ReadVerified(artifact));
                _files.Add((path, artifact.Sha256, file));
                if (_files.Count > Kept) _files.RemoveAt(0);
                return file;
            }
            catch (InvalidDataException e)
            {
                throw RequestException.Unavailable($"{artifact.Path}: {e.Message}", e);
            }
        }
    }
}
