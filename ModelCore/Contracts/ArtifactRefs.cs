using System.Text.Json;

namespace Sweeps.Contracts;

/// <summary>Finds the files that a record names, wherever in it.</summary>
public static class ArtifactRefs
{
    /// <summary>The files that <paramref name="json"/> names: every object with path, sha256 and bytes, in their order.</summary>
    public static IEnumerable<ArtifactRef> Find(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => Read(json) is { } found ? [found] : json.EnumerateObject().SelectMany(property => Find(property.Value)),
        JsonValueKind.Array => json.EnumerateArray().SelectMany(Find),
        _ => [],
    };

    /// <summary>The files that a job reads, but for what those name in turn, each once.</summary>
    public static IReadOnlyList<ArtifactRef> Of(Job job) => Of<Job>(job);

    /// <summary>The files that a result names, each once.</summary>
    public static IReadOnlyList<ArtifactRef> Of(JobResult result) => Of<JobResult>(result);

    private static List<ArtifactRef> Of<T>(T record) => [.. Find(JsonSerializer.SerializeToElement(record, JobJson.Options)).Distinct()];

    private static ArtifactRef? Read(JsonElement json) =>
        json.TryGetProperty("sha256", out var sha256) && sha256.ValueKind == JsonValueKind.String
            && json.TryGetProperty("path", out var path) && path.ValueKind == JsonValueKind.String
            && json.TryGetProperty("bytes", out var bytes) && bytes.ValueKind == JsonValueKind.Number && bytes.TryGetInt64(out var length)
            ? new ArtifactRef(path.GetString()!, sha256.GetString()!, length)
            : null;
}
