using System.Text;
using Sweeps.Tests;

namespace Sweeps.Contracts.Tests;

/// <summary>Lines of the device protocol that the other side never wrote.</summary>
public sealed class DeviceLineFuzzTests
{
    [Fact]
    public void Requests()
    {
        var refused = DeviceProtocolTests.Requests.Cast<object[]>().SelectMany(
            row => Mutations.Of(DeviceProtocol.Write((DeviceRequest)row[0]), 300, 1))
            .Count(line => Mutations.Refuses<InvalidDataException>(line, () => DeviceProtocol.ReadRequest(line)));
        Assert.InRange(refused, 900, 1800);
    }

    [Fact]
    public void Messages()
    {
        var refused = DeviceProtocolTests.Messages.Cast<object[]>().SelectMany(
            row => Mutations.Of(DeviceProtocol.Write((DeviceMessage)row[0]), 300, 2))
            .Count(line => Mutations.Refuses<InvalidDataException>(line, () => DeviceProtocol.ReadMessage(line)));
        Assert.InRange(refused, 1650, 3300);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{\"type\":")]
    [InlineData("{\"type\":\"run\",\"job\":{\"a\":")]
    public void Deep_nesting_is_refused_and_does_not_end_the_process(string opening)
    {
        var line = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(opening, 100_000)));
        Assert.True(Mutations.Refuses<InvalidDataException>(line, () => DeviceProtocol.ReadRequest(line)));
        Assert.True(Mutations.Refuses<InvalidDataException>(line, () => DeviceProtocol.ReadMessage(line)));
    }

    [Fact]
    public void A_kind_that_is_a_number_is_refused()
    {
        var line = Encoding.UTF8.GetString(
            DeviceProtocol.Write(new FailedMessage("t", 1, FailureKind.World, "disk full"))).Replace(
                "\"world\"", "77", StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => DeviceProtocol.ReadMessage(Encoding.UTF8.GetBytes(line)));
    }
}
