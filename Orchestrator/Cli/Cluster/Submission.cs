using System.Security.Cryptography;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Sweeps;
using Sweeps.Domain.Cluster;
using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Cli.Cluster;

/// <summary>Gives a sweep to the cluster.</summary>
internal static class Submission
{
    /// <summary>Reads and checks a sweep file as <c>sweeps run</c> does, and submits it.</summary>
    /// <param name="path">the file</param>
    /// <param name="options">the node's</param>
    /// <param name="share">how it shares the devices; null to leave that as it is</param>
    /// <returns>the sweep, and what the cluster replied: accepted or alreadyDone</returns>
    /// <exception cref="CliException">no node runs here, or the cluster refuses</exception>
    public static async Task<(SweepSpec Spec, string Reply)> SendAsync(string path, NodeOptions options, SweepShare? share)
    {
        var request = await PrepareAsync(SweepDocument.Of(path), options, share);
        var answer = await ClusterAccess.AskAsync(options, request);
        return (request.Spec, answer.Reply);
    }

    /// <summary>Reads and checks a sweep, and makes the request that submits it.</summary>
    /// <param name="document">its description</param>
    /// <param name="options">the node's</param>
    /// <param name="share">how it shares the devices; null to leave that as it is</param>
    /// <exception cref="CliException">the options or the share are not acceptable, or a model that it imports cannot be read</exception>
    /// <exception cref="InvalidConfigurationException">something is wrong in the description; the exception lists everything</exception>
    public static async Task<SubmitRequest> PrepareAsync(SweepDocument document, NodeOptions options, SweepShare? share)
    {
        var spec = SweepFile.Load(document);
        if (options.Cluster.Folder.Length == 0)
            throw new CliException(ExitCode.Invalid, "sweeps.cluster.folder is empty: expected the folder of all sweeps of the cluster");
        if (options.Cluster.HasOwnFolder)
        {
            throw new CliException(
                ExitCode.Invalid,
                "sweeps.cluster.shared is false, and this node has no sweeps: expected a node with the role orchestrator; submit there");
        }
        var folder = Path.Combine(options.Cluster.Folder, spec.Name);
        if (!SweepFolder.HasSweep(folder)) SweepFile.CheckSources(document);
        if (spec.Imported.Count > 0)
            spec = ImportedModels.Identify(document, spec, Running.SpecChange.Stored(folder, options.Store));
        if (share?.Validate().FirstOrDefault() is { } problem) throw new CliException(ExitCode.Invalid, problem);
        var run = SweepFolder.NeedsDatabase(folder)
            ? await File.ReadAllTextAsync(Path.Combine(folder, SweepFolder.RunName))
            : $"{spec.Name}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
        return new SubmitRequest(run.Trim(), spec, share);
    }
}
