using Sweeps.Actors.Devices;

namespace Sweeps.Orchestrator.Configuration;

/// <summary>Reads a node's configuration.</summary>
internal static class ClusterFile
{
    /// <summary>The file that is read when no other is named.</summary>
    public const string DefaultName = "cluster.hocon";

    /// <summary>The options in <paramref name="path"/>; without one, those in cluster.hocon of the current folder, or the defaults when there is no such file.</summary>
    /// <exception cref="InvalidConfigurationException">something is wrong in the file; the exception lists everything</exception>
    public static NodeOptions Load(string? path, Func<string, string?>? environment = null)
    {
        if (path is null && !File.Exists(DefaultName)) return new NodeOptions();
        return OptionsFile.Read<NodeOptions>(path ?? DefaultName, environment, (_, _) => { });
    }
}
