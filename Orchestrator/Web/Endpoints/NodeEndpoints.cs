using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Sweeps.Actors.Cluster.Coordinator;
using Sweeps.Orchestrator.Cli.Running;
using Sweeps.Orchestrator.Web.Sources;

namespace Sweeps.Orchestrator.Web.Endpoints;

/// <summary>Machines and devices, and what they are at.</summary>
internal sealed class NodeEndpoints : IEndpoints
{
    private const string Tag = "nodes";

    /// <inheritdoc/>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.Read($"{Api.Root}/nodes", "listNodes", Tag, "Lists the machines whose devices work on the sweeps.", NodesAsync)
            .Produces<NodesView>();
        routes.Read($"{Api.Root}/cluster", "getCluster", Tag, "Says what there is in the cluster, by whoever coordinates it.", ClusterAsync)
            .Produces<ClusterStatus>();
        routes.Read($"{Api.Root}/devices", "listDevices", Tag, "Lists the devices, with what each works on.", DevicesAsync)
            .Produces<Page<DeviceView>>();
        routes.Command($"{Api.Root}/nodes/{{node}}/drain", "drainNode", Tag, "Lets a node leave its cluster in order.", DrainAsync)
            .Produces<CommandReply>();
    }

    private static async Task<IResult> NodesAsync(ISweepSource source, TimeProvider time, CancellationToken cancellation)
    {
        var (served, running) = (await source.NodesAsync(cancellation), await RunningAsync(source, time, cancellation));
        return TypedResults.Ok(new NodesView(
            served.Coordinator, served.Term,
            [
                .. served.Nodes.Select(node => new NodeView(
                    node.Name, node.Address, node.Draining, [.. node.Devices.Select(device => View(device, node.Name, running))])),
            ]));
    }

    private static async Task<IResult> ClusterAsync(ISweepSource source)
    {
        var answer = await source.AskAsync(new StatusRequest()) ?? throw RequestException.NotFound("this process is no node of a cluster");
        return TypedResults.Ok(answer.Status ?? throw RequestException.Unavailable(answer.Reason ?? "the answer is of another version"));
    }

    private static async Task<IResult> DevicesAsync(
        ISweepSource source, TimeProvider time, CancellationToken cancellation, int? offset = null, int? limit = null)
    {
        var (served, running) = (await source.NodesAsync(cancellation), await RunningAsync(source, time, cancellation));
        DeviceView[] devices =
        [
            .. from node in served.Nodes from device in node.Devices select View(device, node.Name, running),
        ];
        return TypedResults.Ok(Page.Of(devices, offset, limit, device => device));
    }

    private static async Task<IResult> DrainAsync(string node, HttpContext context, ISweepSource source, NoBody? body) =>
        Commands.Answer(context, await Commands.AskAsync(source, new DrainRequest(node)));

    private static async Task<Dictionary<string, (string Sweep, RunningTrial Trial)>> RunningAsync(
        ISweepSource source, TimeProvider time, CancellationToken cancellation)
    {
        var at = new Dictionary<string, (string, RunningTrial)>(StringComparer.Ordinal);
        foreach (var sweep in await source.SweepsAsync(cancellation))
            foreach (var trial in RunStatus.Read(sweep.Folder, time)?.Running ?? []) at[trial.Device] = (sweep.Id, trial);
        return at;
    }

    private static DeviceView View(DeviceState device, string node, Dictionary<string, (string Sweep, RunningTrial Trial)> running) =>
        running.TryGetValue(device.Name, out var at)
            ? new DeviceView(device.Name, node, device.Status, at.Sweep, RunningView.Of(at.Trial))
            : new DeviceView(device.Name, node, device.Status, null, null);
}

/// <summary>Machines.</summary>
/// <param name="Coordinator">where the cluster is coordinated; null where there is none</param>
/// <param name="Term">the term of who coordinates it; null where there is none</param>
/// <param name="Nodes">the machines, by name</param>
internal sealed record NodesView(string? Coordinator, long? Term, IReadOnlyList<NodeView> Nodes);

/// <summary>A machine.</summary>
/// <param name="Name">its name</param>
/// <param name="Address">where it is in its cluster; empty where there is none</param>
/// <param name="IsDraining">whether it is to leave</param>
/// <param name="Devices">its devices</param>
internal sealed record NodeView(string Name, string Address, bool IsDraining, IReadOnlyList<DeviceView> Devices);

/// <summary>A device.</summary>
/// <param name="Name">its name</param>
/// <param name="Node">the machine that it is on</param>
/// <param name="Status">how it is</param>
/// <param name="Sweep">the sweep that it works on, or null</param>
/// <param name="Running">what it works on, or null</param>
internal sealed record DeviceView(string Name, string Node, DeviceStatus Status, string? Sweep, RunningView? Running);
