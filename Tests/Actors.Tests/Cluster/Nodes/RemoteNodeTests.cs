using System.Collections.Immutable;
using Akka.Actor;
using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Actors.Tests.Cluster.Nodes;

/// <summary>The place of a device node at the coordinator, which stops it as soon as it says that the node is gone.</summary>
public class RemoteNodeTests
{
    private const int Seeds = 50;

    private static readonly ImmutableArray<string> _devices = [.. Enumerable.Range(0, 4).Select(i => $"a:cpu-{i}")];

    [Fact]
    public void Whoever_waits_for_a_job_on_a_node_that_is_gone_is_told_whatever_is_handled_first()
    {
        for (var seed = 0; seed < Seeds; seed++)
        {
            var random = new KeyedRandom((ulong)seed, "remote-node");
            var process = new VirtualProcess(random.Next);
            var system = process.CreateSystem();
            List<object> told = [];
            var owner = system.ActorOf(ActorProps.Of(() => new Listener(told)), "owner");
            var node = system.ActorOf(ActorProps.Of(() => new Listener([])), "node");
            var broker = system.ActorOf(DeviceBroker.Props([]), "broker");
            List<object> heard = [];
            var coordinator = system.ActorOf(ActorProps.Of(() => new Coordinator(node, broker, heard)), "coordinator");
            process.Advance(TimeSpan.FromSeconds(1));
            var place = system.ActorSelection(coordinator.Path / "place");
            place.Tell(
                new LinkFrame(1, 1, [.. _devices.Select(device => new LinkWord(device, new DeviceUp("cpu")))], 0), node);
            process.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < _devices.Length; i++) broker.Tell(new QueueJob(Ticket($"t{i}", owner)), ActorRefs.NoSender);
            process.Advance(TimeSpan.FromSeconds(1));
            // It has lost us and registers again; at this moment a job is withdrawn and another comes, for a device that is freed.
            place.Tell(new LinkFrame(1, _devices.Length + 1, [new LinkWord(_devices[0], new DeviceFreed(_devices[0]))], 0), node);
            broker.Tell(new QueueJob(Ticket("late", owner)), ActorRefs.NoSender);
            place.Tell(new RegisterNode("a", NodeProtocol.Version, _devices, null, 2), node);
            process.Advance(TimeSpan.FromSeconds(30));
            Assert.Single(heard.OfType<NodeGone>());
            var lost = told.OfType<JobLost>().Select(m => m.Trial.Value).ToList();
            // What was handed out is lost and was said to be so, once; what was not still waits in the broker.
            foreach (var trial in new[] { "t1", "t2", "t3" }) Assert.Single(lost, trial);
            var waiting = system.ActorOf(ActorProps.Of(() => new Listener(told)), "another-device");
            broker.Tell(new DeviceReady("b:cpu-0", waiting, "cpu"), waiting);
            process.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(1, lost.Count(trial => trial == "late") + told.OfType<RunJob>().Count(job => job.Ticket.Trial.Value == "late"));
        }
    }

    private static JobTicket Ticket(string trial, IActorRef owner) =>
        new("sweep", new TrialId(trial), 1, Searching.Plan.Prune(0, new PruningHyperparameters()), null, owner);

    private sealed class Coordinator(IActorRef node, IActorRef broker, List<object> heard) : UntypedActor
    {
        protected override void PreStart() => Context.ActorOf(
            RemoteNode.Props(
                new RegisterNode("a", NodeProtocol.Version, _devices, null, 1), node, broker, 1, TimeSpan.FromSeconds(8)),
            "place");

        protected override void OnReceive(object message)
        {
            heard.Add(message);
            if (message is NodeGone) Context.Stop(Context.Child("place"));
        }
    }

    private sealed class Listener(List<object> heard) : UntypedActor
    {
        protected override void OnReceive(object message) => heard.Add(message);
    }
}
