using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sweeps.Domain.Reuse;

/// <summary>
/// What a job computes, apart from where its files are: two jobs of the same key have the same result on machines of one kind.
/// </summary>
public static class JobKey
{
    /// <summary>SHA-256 of the job without paths and without what changes no result; lower-case hexadecimal.</summary>
    /// <returns>null for a job whose result depends on files that it names without their digests</returns>
    public static string? Of(Job job)
    {
        ArgumentNullException.ThrowIfNull(job);
        if (job is PrepareJob { Corpus.Files: not null } or PrepareJob { Tokenizer: { EncoderPath: not null } or { JsonPath: not null } }
            or ImportJob) return null;
        var node = JsonSerializer.SerializeToNode(job, JobJson.Options)!;
        Strip(node);
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(node)));
    }

    /// <summary>Whether a node is an <see cref="ArtifactRef"/>.</summary>
    internal static bool IsArtifact(JsonObject node) =>
        node.Count == 3 && node.ContainsKey("path") && node.ContainsKey("sha256") && node.ContainsKey("bytes");

    private static void Strip(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject artifact when IsArtifact(artifact):
                artifact.Remove("path");
                break;
            case JsonObject fields:
                fields.Remove("output");
                fields.Remove("checkpointEvery");
                foreach (var (_, value) in fields) Strip(value);
                break;
            case JsonArray items:
                foreach (var item in items) Strip(item);
                break;
        }
    }
}
