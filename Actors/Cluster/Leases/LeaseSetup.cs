using Akka.Actor.Setup;
using Akka.Configuration;

namespace Sweeps.Actors.Cluster.Leases;

/// <summary>
/// What an actor system is made with so that Akka's parts, such as the split-brain resolver lease-majority, find their leases in
/// PostgreSQL: this, and <see cref="AkkaConfig"/>. The connection string is in no setting of Akka's, which are shown in logs.
/// </summary>
/// <param name="leases">the database</param>
/// <param name="time">the clock of renewals</param>
public sealed class LeaseSetup(PostgreSqlLeases leases, TimeProvider time) : Setup
{
    /// <summary>The path of the implementation's settings, for those that ask for a lease implementation.</summary>
    public const string Path = "akka.coordination.lease.sweeps";

    /// <summary>
    /// The settings at <see cref="Path"/>: a node that is gone loses its lease after 20 s; one that is there renews it every 4 s.
    /// </summary>
    public static Config AkkaConfig { get; } = ConfigurationFactory.ParseString($$"""
        {{Path}} {
          lease-class = "Sweeps.Actors.Cluster.Leases.AkkaLease, Sweeps.Actors"
          heartbeat-timeout = 20s
          heartbeat-interval = 4s
          lease-operation-timeout = 5s
        }
        """);

    /// <summary>The database.</summary>
    public PostgreSqlLeases Leases { get; } = leases;

    /// <summary>The clock of renewals.</summary>
    public TimeProvider Time { get; } = time;
}
