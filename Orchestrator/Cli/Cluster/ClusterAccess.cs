using Sweeps.Actors.Cluster;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Configuration;
using Sweeps.Orchestrator.Web.Local;

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
            answer = await LocalClient.AskAsync(options.Cluster.State, request);
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
        return answer.ToReply() is Reply.Refused refused ? throw new CliException(ExitCode.Refused, refused.Reason) : answer;
    }

    /// <summary>The sweep of a cluster that an argument means; null where it means one of this machine alone.</summary>
    /// <param name="place">its folder, or its name</param>
    /// <param name="config">the node's configuration, or null for the default</param>
    /// <exception cref="InvalidConfigurationException">the configuration is needed and is invalid</exception>
    public static ClusterSweep? Find(string place, string? config)
    {
        var folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(place));
        var isName = !Directory.Exists(folder) && !place.Contains('/', StringComparison.Ordinal);
        if (!isName && !File.Exists(Path.Combine(Path.GetDirectoryName(folder) ?? folder, ClusterFolder.MarkName))) return null;
        var options = ClusterFile.Load(config);
        return options.Cluster.Folder.Length == 0 ? null : new ClusterSweep(isName ? place : Path.GetFileName(folder), options);
    }
}

/// <summary>A sweep of a cluster, as a command names it.</summary>
/// <param name="Name">its name</param>
/// <param name="Options">of the node on this machine</param>
internal sealed record ClusterSweep(string Name, NodeOptions Options)
{
    /// <summary>Gives it a command.</summary>
    /// <param name="command">pause, resume, cancel or retry</param>
    /// <param name="trials">which trials, of those commands that take some</param>
    /// <returns>its reply, which is no refusal</returns>
    /// <exception cref="CliException">no node runs here, or the cluster refuses</exception>
    public async Task<Reply> CommandAsync(string command, IReadOnlyList<string>? trials = null) =>
        (await ClusterAccess.AskAsync(Options, new ControlRequest(Name, command, trials))).ToReply();
}
