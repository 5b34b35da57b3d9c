using System.Text.Json;
using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Actors.Control;

/// <summary>Between lines on the socket and what is asked of a cluster.</summary>
internal static class ClusterMessages
{
    /// <summary>A request as a line, without its end.</summary>
    public static string Write(ClusterRequest request) => JsonSerializer.Serialize(request, JobJson.Options);

    /// <summary>The request in a line; null when it is none.</summary>
    public static ClusterRequest? ReadRequest(string line) => Read<ClusterRequest>(line);

    /// <summary>An answer as a line, without its end.</summary>
    public static string Write(ClusterAnswer answer) => JsonSerializer.Serialize(answer, JobJson.Options);

    /// <summary>The answer in a line; null when it is none.</summary>
    public static ClusterAnswer? ReadAnswer(string line) => Read<ClusterAnswer>(line);

    private static T? Read<T>(string line)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(line, JobJson.Options);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
