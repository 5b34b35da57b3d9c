namespace Sweeps.Simulator.Cluster;

/// <summary>
/// What goes wrong with the nodes of a cluster, and between them, beside <see cref="Faults"/>. Each is a mean time; zero for never.
/// </summary>
/// <param name="Orchestrators">nodes that may coordinate</param>
/// <param name="DeviceNodes">nodes with devices</param>
/// <param name="Kills">until a node is killed</param>
/// <param name="Freezes">until a node stands still for some seconds, or far longer than anybody waits</param>
/// <param name="LongFreezes">until a node that takes itself for the coordinator stands still for longer than its lease lasts</param>
/// <param name="Partitions">until the network is cut, both ways or one way, at a node or through the middle</param>
/// <param name="Cuts">until a node is cut off from the database</param>
/// <param name="SecondLeaders">until a second node takes itself for the coordinator</param>
/// <param name="Loss">per message between nodes: it is lost</param>
/// <param name="Repeats">per message between nodes: it arrives twice</param>
/// <param name="Delay">longest time that a message takes, in seconds</param>
internal sealed record ClusterFaults(
    int Orchestrators, int DeviceNodes, double Kills, double Freezes, double LongFreezes, double Partitions, double Cuts,
        double SecondLeaders, double Loss,
    double Repeats, double Delay)
{
    public static ClusterFaults Draw(Chance chance)
    {
        double Maybe(double low, double high) => chance.Happens(0.6) ? chance.Magnitude(low, high) : 0;
        return new ClusterFaults(
            2 + chance.Next(2), 1
                + chance.Next(3), Maybe(5, 60), Maybe(5, 60), Maybe(20, 100), Maybe(5, 60), Maybe(10, 100), Maybe(10, 100),
            chance.Happens(0.5) ? chance.Magnitude(0.001, 0.2) : 0, chance.Happens(0.5) ? chance.Magnitude(0.001, 0.2) : 0,
            chance.Magnitude(0.002, 1));
    }
}
