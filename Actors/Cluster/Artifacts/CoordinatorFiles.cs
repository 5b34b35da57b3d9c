using System.Security.Cryptography;
using System.Text.Json;
using Sweeps.Files;

namespace Sweeps.Actors.Cluster.Artifacts;

/// <summary>The files of all sweeps, at the node that coordinates, for device nodes that do not see them.</summary>
/// <param name="root">the folder of all sweeps</param>
/// <param name="address">host:port, where the others may fetch</param>
/// <param name="published">what they may fetch</param>
/// <param name="client">fetches what they have written</param>
/// <param name="sources">says what a job reads outside of the folder</param>
internal sealed class CoordinatorFiles(
    string root, string address, PublishedFiles published, ArtifactClient client, Func<Job, JobSources> sources)
{
    /// <summary>
    /// Lets the files of a job be fetched: those that it names, those that the circuits among them name, its checkpoint, and copies of what
    /// the sweep file names.
    /// </summary>
    /// <param name="folder">the sweep's, below the root</param>
    /// <param name="job">the job</param>
    /// <param name="resumeFrom">its checkpoint, or null</param>
    /// <exception cref="JobFailedException">a circuit cannot be read, or is not what it was (the world's fault)</exception>
    /// <exception cref="InvalidDataException">what the sweep file names is missing, or not of the form that the job expects</exception>
    /// <exception cref="IOException">the disk fails</exception>
    /// <exception cref="UnauthorizedAccessException">what the sweep file names may not be read</exception>
    public Offer Offer(string folder, Job job, ArtifactRef? resumeFrom)
    {
        var store = StoreOf(folder);
        var named = ArtifactRefs.Of(job);
        var inCircuits = named.Where(file => Path.GetFileName(file.Path) == "circuit.json").SelectMany(file => NamedIn(store, file));
        List<ArtifactRef> files =
            [.. named.Concat(inCircuits).Concat(resumeFrom is null ? [] : [resumeFrom]).DistinctBy(file => file.Path)];
        var outside = sources(job);
        var given = files.Select(file => (file.Sha256, store.FullPath(file.Path)))
            .Concat(outside.Originals.Select(original => (original.Key, original.Value)));
        if (outside.IsEmpty) return new Offer(new JobInputs(address, [.. files]), published.Publish(given), null);
        var listing = Path.Combine(Directory.CreateTempSubdirectory("sweeps-sources-").FullName, "listing");
        var content = JsonSerializer.SerializeToUtf8Bytes(outside, JobJson.Options);
        File.WriteAllBytes(listing, content);
        var digest = Convert.ToHexStringLower(SHA256.HashData(content));
        var artifact = new ArtifactRef($"{JobSources.Folder}/{digest}.json", digest, content.Length);
        return new Offer(
            new JobInputs(address, [.. files]) { Sources = artifact }, published.Publish(given.Append((digest, listing))), listing);
    }

    /// <summary>Does work with files on a thread of its own, when it is its turn.</summary>
    public Task<T> RunAsync<T>(Func<T> work, CancellationToken cancellation) => client.RunAsync(work, cancellation);

    /// <summary>Brings a file of another node into the sweep's folder, unless it is there.</summary>
    /// <param name="from">host:port of the node that has it</param>
    /// <param name="folder">the sweep's, below the root</param>
    /// <param name="output">the folder of the job that has written it</param>
    /// <param name="file">the file</param>
    /// <param name="cancellation">gives it up</param>
    /// <exception cref="ArtifactLostException">the node has no such file, or another one</exception>
    /// <exception cref="JobFailedException">it cannot be fetched, or not be written (the world's fault)</exception>
    /// <exception cref="OperationCanceledException">it was given up</exception>
    public void Bring(string from, string folder, string output, ArtifactRef file, CancellationToken cancellation)
    {
        var store = StoreOf(folder);
        // A job writes nowhere else, and who says so must not get anything else written either.
        if (!store.FullPath(file.Path).StartsWith(store.FullPath(output) + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new ArtifactLostException($"{from} offers {file.Path} as written by a job: expected a file below {output}");
        var info = new FileInfo(store.FullPath(file.Path));
        if (info.Exists && info.Length == file.Bytes && store.FindDamage(file) is null) return;
        client.Fetch(from, file, store, cancellation);
    }

    private ArtifactStore StoreOf(string folder) => new(new ArtifactStore(root).FullPath(folder));

    private static IReadOnlyList<ArtifactRef> NamedIn(ArtifactStore store, ArtifactRef circuit)
    {
        try
        {
            using var json = JsonDocument.Parse(store.ReadVerified(circuit));
            return [.. ArtifactRefs.Find(json.RootElement)];
        }
        catch (JsonException e)
        {
            throw new JobFailedException(FailureKind.World, $"{circuit.Path} is no circuit: {e.Message}", e);
        }
    }
}

/// <summary>What a job reads, to be fetched until it is disposed of.</summary>
/// <param name="inputs">what the node is told</param>
/// <param name="published">lets the files be fetched</param>
/// <param name="listing">a temporary file in a folder of its own, or null</param>
internal sealed class Offer(JobInputs inputs, IDisposable published, string? listing) : IDisposable
{
    public JobInputs Inputs => inputs;

    /// <inheritdoc/>
    public void Dispose()
    {
        published.Dispose();
        if (listing is not null && File.Exists(listing)) Directory.Delete(Path.GetDirectoryName(listing)!, recursive: true);
    }
}
