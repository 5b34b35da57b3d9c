using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Control;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary>Asks the cluster that the configuration names, through its node on this machine.</summary>
internal static class ClusterAccess
{
    /// <summary>Asks it.</summary>
    /// <param name="options">the node's</param>
    /// <param name="request">what is asked</param>
    /// <exception cref="CliException">no node of it runs here, or the cluster refuses</exception>
    public static async Task<ClusterAnswer> AskAsync(NodeOptions options, ClusterRequest request)
    {
        ClusterAnswer? answer;
        try
        {
            answer = await ControlClient.AskAsync(options.Cluster.State, request, TimeProvider.System);
        }
        catch (IOException e)
        {
            throw new CliException(ExitCode.Refused, e.Message, e);
        }
        if (answer is null)
        {
            throw new CliException(
                ExitCode.Refused, $"no node of a cluster runs here: expected `sweeps node` with its state in {options.Cluster.State}");
        }
        return answer.ToReply() is Domain.Reply.Refused refused ? throw new CliException(ExitCode.Refused, refused.Reason) : answer;
    }

    /// <summary>The name of the cluster's sweep that an argument means; null where it means a sweep of this machine alone.</summary>
    /// <param name="place">a folder, or a name</param>
    /// <param name="config">the node's configuration, or null for the default</param>
    public static (string Name, NodeOptions Options)? Find(string place, string? config)
    {
        var folder = Path.GetFullPath(place);
        var isName = !Directory.Exists(folder) && !place.Contains('/', StringComparison.Ordinal);
        if (!isName && !File.Exists(Path.Combine(Path.GetDirectoryName(folder) ?? folder, Mark))) return null;
        var options = ClusterFile.Load(config);
        if (options.Cluster.Folder.Length == 0) return null;
        return (isName ? place : Path.GetFileName(folder), options);
    }

    private static string Mark => Actors.Cluster.ClusterFolder.MarkName;
}
