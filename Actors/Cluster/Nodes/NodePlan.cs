using Sweeps.Actors.Cluster.Artifacts;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>What a device node is made of.</summary>
/// <param name="Name">its name, unique in the cluster</param>
/// <param name="Devices">its devices, whose names begin with the node's</param>
/// <param name="Launcher">starts their processes</param>
/// <param name="Options">limits and waits</param>
/// <param name="ReadFolder">reads the mark in the folder of all sweeps, see <see cref="ClusterFolder"/></param>
internal sealed record NodePlan(
    string Name, IReadOnlyList<DeviceSpec> Devices, IDeviceLauncher Launcher, NodeOptions Options, Func<string?> ReadFolder)
{
    /// <summary>The files of a node that does not see the folder of all sweeps; null for one that does.</summary>
    public OwnFiles? Files { get; init; }

    /// <summary>The name of a device of a node, by which the whole cluster knows it.</summary>
    public static string DeviceName(string node, string device) => $"{node}:{device}";
}
