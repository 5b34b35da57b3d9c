using System.Collections.Frozen;
using System.Runtime.Serialization;
using System.Text.Json;
using Akka.Actor;
using Akka.Serialization;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>Writes and reads what goes between nodes, see <see cref="NodeProtocol"/>.</summary>
internal sealed class NodeSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    private static readonly FrozenDictionary<Type, string> _names = NodeProtocol.Messages.ToFrozenDictionary(m => m.Value, m => m.Key);

    /// <summary>Binds it to all <see cref="INodeMessage"/>.</summary>
    public const string Config =
        """
        akka.actor {
          serializers.sweeps-node = "Sweeps.Actors.Cluster.Nodes.NodeSerializer, Sweeps.Actors"
          serialization-identifiers { "Sweeps.Actors.Cluster.Nodes.NodeSerializer, Sweeps.Actors" = 7702 }
          serialization-bindings { "Sweeps.Actors.Cluster.Nodes.INodeMessage, Sweeps.Actors" = sweeps-node }
        }
        """;

    /// <inheritdoc/>
    public override int Identifier => 7702;

    /// <inheritdoc/>
    public override string Manifest(object o) => _names[o.GetType()];

    /// <inheritdoc/>
    public override byte[] ToBinary(object obj) => JsonSerializer.SerializeToUtf8Bytes(obj, obj.GetType(), NodeProtocol.Json);

    /// <inheritdoc/>
    public override object FromBinary(byte[] bytes, string manifest)
    {
        if (!NodeProtocol.Messages.TryGetValue(manifest, out var type))
            throw new SerializationException($"'{manifest}' is no message between nodes of this version");
        try
        {
            return JsonSerializer.Deserialize(bytes, type, NodeProtocol.Json) ?? throw new SerializationException($"'{manifest}' is null");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException)
        {
            throw new SerializationException($"a message '{manifest}' between nodes is not understood: {e.Message}", e);
        }
    }
}
