using Sweeps.Actors.Cluster.Nodes;
using Sweeps.Actors.Devices;

namespace Sweeps.Actors.Tests.Cluster.Nodes;

/// <summary>Whatever a network does to frames, each side hears every word of the other once, in order.</summary>
public class NodeLinkTests
{
    [Fact]
    public void Through_a_network_that_loses_repeats_and_reorders_every_word_is_heard_once_and_in_order()
    {
        for (var seed = 1UL; seed <= 50; seed++)
        {
            var random = new KeyedRandom(seed, "link");
            var ends = new[] { new End(), new End() };
            var wires = new[] { new List<LinkFrame>(), new List<LinkFrame>() };
            for (var i = 0; i < 400; i++)
            {
                var side = random.Next(2);
                if (random.Next(3) == 0) wires[side].AddRange(ends[side].Say(i));
                else if (random.Next(4) == 0) wires[side].AddRange(ends[side].Again());
                else if (wires[side].Count > 0) Deliver(random, wires[side], ends[1 - side]);
            }
            // At last the network is in order.
            for (var round = 0; round < 3; round++)
                for (var side = 0; side < 2; side++)
                    foreach (var frame in ends[side].Again().Append(ends[side].Acknowledge()).ToList()) ends[1 - side].Hear(frame);
            Assert.Equal(ends[0].Said, ends[1].Heard);
            Assert.Equal(ends[1].Said, ends[0].Heard);
            Assert.All(ends, end => Assert.Equal(0, end.Unheard));
        }
    }

    [Fact]
    public void What_was_heard_is_not_said_again()
    {
        var (a, b) = (new End(), new End());
        b.Hear(Assert.Single(a.Say(1)));
        Assert.Single(a.Again());
        a.Hear(b.Acknowledge());
        Assert.Empty(a.Again());
    }

    [Fact]
    public void Many_words_are_said_again_in_frames_of_bounded_length()
    {
        var (a, b) = (new End(), new End());
        for (var i = 0; i < 1000; i++) a.Say(i);
        var frames = a.Again().ToList();
        Assert.All(frames, frame => Assert.InRange(frame.Words.Length, 1, NodeLink.MostInFrame));
        foreach (var frame in frames) b.Hear(frame);
        Assert.Equal(Enumerable.Range(0, 1000), b.Heard);
    }

    private static void Deliver(KeyedRandom random, List<LinkFrame> wire, End to)
    {
        var index = random.Next(wire.Count);
        var frame = wire[index];
        switch (random.Next(4))
        {
            case 0: break; // lost
            case 1: // and comes again
                to.Hear(frame);
                return;
            default: to.Hear(frame); break;
        }
        wire.RemoveAt(index);
    }

    private sealed class End
    {
        private NodeLink _link = new(1);

        public List<int> Said { get; } = [];

        public List<int> Heard { get; } = [];

        public int Unheard => _link.UnheardCount;

        public LinkFrame[] Say(int word)
        {
            Said.Add(word);
            (_link, var frame) = _link.Say(new LinkWord("", new DeviceFreed($"{word}")));
            return [frame];
        }

        public IEnumerable<LinkFrame> Again() => _link.Again();

        public LinkFrame Acknowledge() => _link.Acknowledgement();

        public void Hear(LinkFrame frame)
        {
            (_link, var words) = _link.Hear(frame);
            Heard.AddRange(words.Select(word => int.Parse(((DeviceFreed)word.Body).Device, null)));
        }
    }
}
