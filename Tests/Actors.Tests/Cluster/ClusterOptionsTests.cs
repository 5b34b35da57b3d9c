using Sweeps.Actors.Cluster;

namespace Sweeps.Actors.Tests.Cluster;

/// <summary>Which values of the section cluster are refused, and in what words.</summary>
public class ClusterOptionsTests
{
    private static readonly ClusterOptions _own = new() { Name = "a", Shared = false };

    [Fact]
    public void Where_files_are_fetched_has_a_port_of_its_own_and_a_limit_with_room_for_something()
    {
        Assert.Empty(_own.Validate());
        Assert.Equal(["artifact_port is 0: expected 1 to 65535"], (_own with { ArtifactPort = 0 }).Validate());
        Assert.Equal(["artifact_port is 4053, as port is: expected another"], (_own with { ArtifactPort = 4053 }).Validate());
        Assert.Empty((_own with { ArtifactPort = 4053, Shared = true }).Validate());
        Assert.Equal(["cache_bytes is 1000: expected at least 1 MiB"], (_own with { CacheBytes = 1000 }).Validate());
    }

    [Fact]
    public void A_node_that_may_coordinate_sees_the_folder_of_all_sweeps_whatever_else_it_does()
    {
        Assert.False(_own.HasOwnFolder);
        Assert.True((_own with { Roles = [ClusterOptions.Device] }).HasOwnFolder);
        Assert.False((_own with { Roles = [ClusterOptions.Device], Shared = true }).HasOwnFolder);
    }
}
