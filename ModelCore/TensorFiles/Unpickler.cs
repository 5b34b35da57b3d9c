using System.Buffers.Binary;
using System.Text;

namespace Sweeps.ModelCore.TensorFiles;

/// <summary>Interprets the part of Python's pickle format (protocols 2 to 4) that torch.save uses for containers of tensors.</summary>
internal sealed class Unpickler(ReadOnlyMemory<byte> pickle, TorchStorages storages)
{
    private static readonly object s_mark = new();
    private static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    private readonly Stack<object?> _stack = new();
    private readonly Dictionary<int, object?> _memo = [];
    private int _position;

    internal object? Load()
    {
        try
        {
            while (true)
            {
                var opcode = Byte();
                if (opcode == '.') return _stack.Pop();
                Execute(opcode);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or ArgumentException or KeyNotFoundException
            or DecoderFallbackException)
        {
            throw new InvalidDataException($"its pickle is damaged near byte {_position}: {e.Message}", e);
        }
    }

    private void Execute(byte opcode)
    {
        switch ((char)opcode)
        {
            case '\x80': Take(1); break; // protocol
            case '\x95': Take(8); break; // frame
            case '(': _stack.Push(s_mark); break;
            case 'N': _stack.Push(null); break;
            case '\x88': _stack.Push(true); break;
            case '\x89': _stack.Push(false); break;
            case 'J': _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case 'K': _stack.Push((long)Byte()); break;
            case 'M': _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case '\x8a': _stack.Push(LongInteger(Byte())); break;
            case 'G': _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case 'X': _stack.Push(Text(BinaryPrimitives.ReadInt32LittleEndian(Take(4)))); break;
            case '\x8c': _stack.Push(Text(Byte())); break;
            case '}': _stack.Push(new OrderedDictionary<object, object?>()); break;
            case ']': _stack.Push(new List<object?>()); break;
            case ')': _stack.Push(Array.Empty<object?>()); break;
            case '\x85': _stack.Push(Pop(1)); break;
            case '\x86': _stack.Push(Pop(2)); break;
            case '\x87': _stack.Push(Pop(3)); break;
            case 't': _stack.Push(PopToMark()); break;
            case 'a': AppendAll(Pop(1)); break;
            case 'e': AppendAll(PopToMark()); break;
            case 's': SetAll(Pop(2)); break;
            case 'u': SetAll(PopToMark()); break;
            case 'q': _memo[Byte()] = _stack.Peek(); break;
            case 'r': _memo[BinaryPrimitives.ReadInt32LittleEndian(Take(4))] = _stack.Peek(); break;
            case '\x94': _memo[_memo.Count] = _stack.Peek(); break;
            case 'h': _stack.Push(_memo[Byte()]); break;
            case 'j': _stack.Push(_memo[BinaryPrimitives.ReadInt32LittleEndian(Take(4))]); break;
            case 'c': _stack.Push(PickledGlobal.Find(Line(), Line())); break;
            case '\x93':
                var name = Pop<string>();
                _stack.Push(PickledGlobal.Find(Pop<string>(), name));
                break;
            case 'Q': _stack.Push(Storage(Pop<object?[]>())); break;
            case 'R':
                var arguments = Pop<object?[]>();
                _stack.Push(Pop<PickledGlobal>().Call(arguments, storages));
                break;
            case 'b':
                // The attributes of a state dict (_metadata: versions of modules) are not part of its content.
                _stack.Pop();
                if (_stack.Peek() is not OrderedDictionary<object, object?>)
                    throw new InvalidDataException("it sets attributes of something that is not a dict");
                break;
            default:
                throw new InvalidDataException($"it uses pickle opcode 0x{opcode:x2}, which containers of tensors do not need");
        }
    }

    private static TorchStorages.Storage Storage(object?[] id)
    {
        if (id is not ["storage", PickledGlobal { Storage: { } type }, string key, string, long count])
            throw new InvalidDataException("it refers to something outside that is not a storage of elements");
        return new(type, key, count);
    }

    private void AppendAll(object?[] items) => Is<List<object?>>(_stack.Peek()).AddRange(items);

    private void SetAll(object?[] items)
    {
        var target = Is<OrderedDictionary<object, object?>>(_stack.Peek());
        for (var i = 0; i + 1 < items.Length; i += 2)
            target[items[i] ?? throw new InvalidDataException("a dict has None as a key")] = items[i + 1];
    }

    private T Pop<T>()
        where T : class => Is<T>(_stack.Pop());

    private static T Is<T>(object? value)
        where T : class =>
            value as T
                ?? throw new InvalidDataException(
                    $"its pickle is damaged: it has {value?.GetType().Name ?? "None"} where {typeof(T).Name} belongs");

    private object?[] Pop(int count)
    {
        var items = new object?[count];
        for (var i = count - 1; i >= 0; i--) items[i] = _stack.Pop();
        return items;
    }

    private object?[] PopToMark()
    {
        var items = new List<object?>();
        for (var item = _stack.Pop(); !ReferenceEquals(item, s_mark); item = _stack.Pop()) items.Add(item);
        items.Reverse();
        return [.. items];
    }

    private long LongInteger(int length)
    {
        if (length > 8) throw new InvalidDataException($"it has an integer of {length} bytes, expected at most 8");
        Span<byte> bytes = stackalloc byte[8];
        var digits = Take(length);
        bytes.Fill(length > 0 && (digits[^1] & 0x80) != 0 ? (byte)0xff : (byte)0);
        digits.CopyTo(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    private string Text(int length) => s_utf8.GetString(Take(length));

    private string Line()
    {
        var length = pickle.Span[_position..].IndexOf((byte)'\n');
        if (length < 0) throw new InvalidDataException("its pickle ends early");
        var line = Text(length);
        Take(1);
        return line;
    }

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > pickle.Length - _position) throw new InvalidDataException("its pickle ends early");
        var bytes = pickle.Span.Slice(_position, count);
        _position += count;
        return bytes;
    }
}
